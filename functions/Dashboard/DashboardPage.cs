using System.Collections.Frozen;
using System.Net.Mime;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Dashboard;

/// <summary>Web page that shows the results. It consists of static files, embedded in the assembly, that use only the JSON API.</summary>
public sealed class DashboardPage(StorageClients storage)
{
    private const string ResourcePrefix = "dashboard/";
    private const string Entrance = "index.html";

    private static readonly FrozenDictionary<string, DashboardFile> Files = Read();

    private readonly string _policy = PolicyOf(storage.Assets.Uri);

    /// <summary>The names of the files.</summary>
    internal static IEnumerable<string> Names => Files.Keys;

    /// <summary>Returns the answer for a file by its name. Without a name it is the page itself if the address ends with a slash, to which the
    /// page's links are relative.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">The file's name; null or empty for none.</param>
    public DashboardAnswer Answer(HttpRequest request, string? name)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (string.IsNullOrEmpty(name))
        {
            var path = request.Path.Value ?? "";
            return path.EndsWith('/')
                ? DashboardAnswer.Create(Files[Entrance], _policy)
                : DashboardAnswer.Redirect($"{path[(path.LastIndexOf('/') + 1)..]}/", _policy);
        }

        return Files.TryGetValue(name, out var file) ? DashboardAnswer.Create(file, _policy) : DashboardAnswer.NotFound(_policy);
    }

    /// <summary>Returns the page's Content-Security-Policy for a deployment whose files are in a container with this address.</summary>
    internal static string PolicyOf(Uri container)
    {
        var blobs = container.GetLeftPart(UriPartial.Authority);
        return string.Join("; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            $"img-src 'self' {blobs}",
            $"media-src {blobs}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'");
    }

    private static FrozenDictionary<string, DashboardFile> Read()
    {
        var assembly = typeof(DashboardPage).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[ResourcePrefix.Length..], name => new DashboardFile(ReadContent(assembly, name), ContentTypeOf(name)));
    }

    private static byte[] ReadContent(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".json" => MediaTypeNames.Application.Json,
        var other => throw new InvalidOperationException($"The page has no files of the kind {other}."),
    };
}
