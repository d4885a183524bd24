using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using LocalHost.Samples;
using LocalHost.StandIns;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace LocalHost.Demo;

/// <summary>Server of the samples' media on loopback that supports ranges and strong validators, and counts the requests for each file.</summary>
internal sealed class MediaServer : StandInServer
{
    private readonly ConcurrentDictionary<string, MediaFile> _files = new(StringComparer.Ordinal);

    /// <summary>Gets or sets a function that is awaited before each file is served. It may answer the request itself, or never return. The default
    /// value is null.</summary>
    public Func<HttpContext, MediaFile, Task>? Before { get; set; }

    public static async Task<MediaServer> StartAsync(CancellationToken cancellationToken)
    {
        var server = new MediaServer();
        await server.ListenAsync(cancellationToken);
        return server;
    }

    /// <summary>Adds a file and returns its link, with a token in its query as the providers' links have.</summary>
    public string Add(string path)
    {
        var (contentType, content) = SampleMedia.Create(path);
        return Add(path, contentType, content);
    }

    /// <summary>Adds a file as <see cref="Add(string)"/> does, with the JSON Lines in <paramref name="lines"/>.</summary>
    public string AddLines(string path, string lines) => Add(path, "application/jsonl", Encoding.UTF8.GetBytes(lines));

    private string Add(string path, string contentType, byte[] content)
    {
        var link = $"{Origin}/{path}";
        var file = new MediaFile(contentType, content);
        _files[new Uri(link).AbsolutePath] = file;
        On($"/{path}", context => ServeAsync(context, file));
        return $"{link}?token={Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";
    }

    /// <summary>Gets the file behind a link.</summary>
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

/// <summary>File of a <see cref="MediaServer"/>, which counts its requests.</summary>
internal sealed class MediaFile(string contentType, byte[] content)
{
    private int _requests;

    public string ContentType { get; } = contentType;

    public byte[] Content { get; } = content;

    /// <summary>Gets the SHA-256 of the content in lower-case hex.</summary>
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Gets the number of requests for it, by any method.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public void CountRequest() => Interlocked.Increment(ref _requests);
}
