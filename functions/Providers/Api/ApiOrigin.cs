using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using WebhookFunctions.Outbound;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Providers.Api;

/// <summary>Where a provider's API is: scheme, host and port, and nothing else. The API's key is sent there and nowhere else.</summary>
public sealed partial class ApiOrigin
{
    private readonly Uri _uri;

    private ApiOrigin(Uri uri) => _uri = uri;

    /// <summary>The host, for the list of those from which results come.</summary>
    public string Host => _uri.Host;

    /// <summary>A provider's documented origin.</summary>
    public static ApiOrigin Of(string origin) => new(new Uri(origin));

    /// <summary>
    /// The origin in a setting, or <paramref name="standard"/> where the setting is missing: <c>https</c> with no path or, on a developer's machine,
    /// <c>http://127.0.0.1:{port}</c> in exactly that spelling. Anything else is reported.
    /// </summary>
    public static ApiOrigin Read(ProviderSettings settings, string setting, ApiOrigin standard)
    {
        var uri = Address(settings, setting, standard._uri);
        if (uri.PathAndQuery != "/" || uri.Fragment.Length > 0)
        {
            settings.Report(setting, "holds more than an origin: only https and a host are wanted, no path");
        }

        return new ApiOrigin(uri);
    }

    /// <summary>As <see cref="Read"/>, for an address that may have a path.</summary>
    public static Uri Address(ProviderSettings settings, string setting, Uri standard)
    {
        if (settings.Text(setting) is not { } text)
        {
            return standard;
        }

        // By the rules that every request is held to when it is made.
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && OutboundLink.Problem(uri, settings.AllowsLoopback) is null)
        {
            return uri;
        }

        settings.Report(setting, "is not an https address");
        return standard;
    }

    /// <summary>The address of <paramref name="path"/> (with its query, without a slash before it) at this origin.</summary>
    public Uri At(string path) => new($"{_uri.GetLeftPart(UriPartial.Authority)}/{path}");

    /// <summary>Whether <paramref name="uri"/> is at this origin: the same scheme, host and port.</summary>
    public bool Owns(Uri? uri) =>
        uri is { IsAbsoluteUri: true, UserInfo.Length: 0 }
        && Uri.Compare(uri, _uri, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>Whether <paramref name="text"/> can stand as one segment of a path with nothing to escape, as the APIs' own ids can.</summary>
    public static bool IsSegment([NotNullWhen(true)] string? text) => text is not (null or "." or "..") && SegmentPattern().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9_.~=-]{1,256}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SegmentPattern();
}
