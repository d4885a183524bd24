using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using LocalHost.Samples;
using LocalHost.StandIns;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace LocalHost.Demo;

/// <summary>Serves the samples' media on loopback, with ranges and strong validators, and counts how often each file was asked for.</summary>
internal sealed class MediaServer : StandInServer
{
    private readonly ConcurrentDictionary<string, MediaFile> _files = new(StringComparer.Ordinal);

    /// <summary>Called and awaited before each file is served; it may answer itself and not return. The default value is null.</summary>
    public Func<HttpContext, MediaFile, Task>? Before { get; set; }

    public static async Task<MediaServer> StartAsync(CancellationToken cancellationToken)
    {
        var server = new MediaServer();
        await server.ListenAsync(cancellationToken);
        return server;
    }

    /// <summary>Puts a file there and gives the link to it, with a token in its query as the providers' links have one.</summary>
    public string Add(string path)
    {
        var (contentType, content) = SampleMedia.Create(path);
        return Add(path, contentType, content);
    }

    /// <summary>As <see cref="Add(string)"/>, with the JSON Lines in <paramref name="lines"/>.</summary>
    public string AddLines(string path, string lines) => Add(path, "application/jsonl", Encoding.UTF8.GetBytes(lines));

    private string Add(string path, string contentType, byte[] content)
    {
        var link = $"{Origin}/{path}";
        var file = new MediaFile(contentType, content);
        _files[new Uri(link).AbsolutePath] = file;
        On($"/{path}", context => ServeAsync(context, file));
        return $"{link}?token={Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";
    }

    /// <summary>The file behind a link.</summary>
    public MediaFile this[string link] => _files[new Uri(link).AbsolutePath];

    private async Task ServeAsync(HttpContext context, MediaFile file)
    {
        file.CountRequest();
        await (Before?.Invoke(context, file) ?? Task.CompletedTask);
        await Results
            .Bytes(file.Content, file.ContentType, enableRangeProcessing: true, entityTag: new EntityTagHeaderValue($"\"{file.Sha256[..16]}\""))
            .ExecuteAsync(context);
    }
}

/// <summary>A file that is served.</summary>
internal sealed class MediaFile(string contentType, byte[] content)
{
    private int _requests;

    public string ContentType { get; } = contentType;

    public byte[] Content { get; } = content;

    /// <summary>In hex, lower case.</summary>
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>How often it was asked for, by whatever method.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public void CountRequest() => Interlocked.Increment(ref _requests);
}
