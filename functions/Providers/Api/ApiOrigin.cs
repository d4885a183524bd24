using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using WebhookFunctions.Outbound;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Providers.Api;

/// <summary>Origin of a provider's API: scheme, host and port. The API's key is sent there and nowhere else.</summary>
public sealed partial class ApiOrigin
{
    private readonly Uri _uri;

    private ApiOrigin(Uri uri) => _uri = uri;

    /// <summary>The host, for the list of result hosts.</summary>
    public string Host => _uri.Host;

    /// <summary>Returns a provider's documented origin.</summary>
    public static ApiOrigin From(string origin) => new(new Uri(origin));

    /// <summary>
    /// Reads the origin in a setting; <paramref name="standard"/> if it is missing. It must be <c>https</c> without a path or, in development,
    /// <c>http://127.0.0.1:{port}</c> in exactly that spelling. Anything else is reported.
    /// </summary>
    public static ApiOrigin Read(ProviderSettings settings, string setting, ApiOrigin standard)
    {
        var uri = Address(settings, setting, standard._uri);
        if (uri.PathAndQuery != "/" || uri.Fragment.Length > 0)
        {
            settings.Report(setting, "contains more than an origin: set https and a host, without a path");
        }

        return new ApiOrigin(uri);
    }

    /// <summary>Reads a setting as <see cref="Read"/> does, for an address that may have a path.</summary>
    public static Uri Address(ProviderSettings settings, string setting, Uri standard)
    {
        if (settings.Text(setting) is not { } text)
        {
            return standard;
        }

        // Checked by the same rules as every request when it is made.
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && OutboundLink.Problem(uri, settings.AllowsLoopback) is null)
        {
            return uri;
        }

        settings.Report(setting, "is not an https address");
        return standard;
    }

    /// <summary>Returns the address of <paramref name="path"/> (with its query, without a leading slash) at this origin.</summary>
    public Uri At(string path) => new($"{_uri.GetLeftPart(UriPartial.Authority)}/{path}");

    /// <summary>Returns whether <paramref name="uri"/> is at this origin: the same scheme, host and port.</summary>
    public bool Owns(Uri? uri) =>
        uri is { IsAbsoluteUri: true, UserInfo.Length: 0 }
        && Uri.Compare(uri, _uri, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>Returns whether <paramref name="text"/> can be one segment of a path without escapes, as the APIs' own ids can.</summary>
    public static bool IsSegment([NotNullWhen(true)] string? text) => text is not (null or "." or "..") && SegmentPattern().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9_.~=-]{1,256}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SegmentPattern();
}
