using System.Text.RegularExpressions;

namespace WebhookFunctions.Outbound;

/// <summary>Which links are followed at all, judged by their text. Where their host leads is judged when the connection is made.</summary>
public static partial class OutboundLink
{
    private const int HttpsPort = 443;

    // Below it only well-known services listen (mail, shells, databases), and none of them speaks https but on 443.
    private const int FirstUnreservedPort = 1024;

    /// <summary>Why <paramref name="uri"/> is not followed, in words for a person; null where it is.</summary>
    public static string? Problem(Uri? uri, bool allowLoopback)
    {
        if (uri is not { IsAbsoluteUri: true })
        {
            return "The link is not an absolute URL.";
        }

        if (uri.UserInfo.Length > 0)
        {
            return "The link holds user information.";
        }

        if (uri.Scheme == Uri.UriSchemeHttp)
        {
            return allowLoopback && IsLoopback(uri) ? null : "The link is not https.";
        }

        if (uri.Scheme != Uri.UriSchemeHttps)
        {
            return $"The link's scheme is {uri.Scheme}, not https.";
        }

        return uri.Port is HttpsPort or >= FirstUnreservedPort ? null : $"The link leads to port {uri.Port}.";
    }

    /// <summary>
    /// Whether the text says <c>http://127.0.0.1</c> in that spelling. <see cref="Uri"/> turns <c>0x7f.1</c> and <c>2130706433</c> into it,
    /// so the text as it came decides.
    /// </summary>
    public static bool IsLoopback(Uri uri) => uri is { Scheme: "http", Host: "127.0.0.1" } && LoopbackText().IsMatch(uri.OriginalString);

    /// <summary>Whether a redirect leads from https to http: never followed, not even to the loopback that development allows.</summary>
    public static bool IsDowngrade(Uri from, Uri to) => from.Scheme == Uri.UriSchemeHttps && to.Scheme == Uri.UriSchemeHttp;

    /// <summary>
    /// Where a redirect leads; null where its <c>Location</c> is no link. The result keeps the text of the new host as it came.
    /// </summary>
    public static Uri? Redirect(Uri from, string location)
    {
        if (SchemeText().IsMatch(location))
        {
            return Uri.TryCreate(location, UriKind.Absolute, out var absolute) ? absolute : null;
        }

        // Backslashes are slashes to Uri, and to browsers.
        if (location is ['/' or '\\', '/' or '\\', ..])
        {
            return Uri.TryCreate($"{from.Scheme}:{location}", UriKind.Absolute, out var elsewhere) ? elsewhere : null;
        }

        // On the same host: the text in front of the path is the one that was checked before.
        return Uri.TryCreate(from, location, out var path) ? new Uri(path.AbsoluteUri) : null;
    }

    [GeneratedRegex(@"\Ahttp://127\.0\.0\.1(:[0-9]{1,5})?([/?#]|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex LoopbackText();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9+.\-]*:", RegexOptions.CultureInvariant)]
    private static partial Regex SchemeText();
}
