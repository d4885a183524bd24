using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace WebhookFunctions.Outbound;

/// <summary>Which links are followed at all, judged by their text. Where their host leads is judged when the connection is made.</summary>
public static partial class OutboundLink
{
    private const int HttpsPort = 443;

    // Below it only well-known services listen (mail, shells, databases), and none of them speaks https but on 443.
    private const int FirstUnreservedPort = 1024;

    private static readonly UriCreationOptions ByteForByte = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private static readonly SearchValues<char> ServerEnds = SearchValues.Create("/\\?#");

    // What is visible in ASCII, less what RFC 3986 leaves no place for. A percent sign stays as it is, whatever stands behind it.
    private static readonly SearchValues<char> InRequestLine = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Except("\"<>\\^`{|}")]);

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
    /// Parses a link so that its path and query go out byte for byte as they came: a signature may cover their spelling. <see cref="Uri"/> unescapes
    /// <c>%7E</c>, folds <c>/../</c> and changes the case of <c>%e6</c>. Only what cannot stand in a request line is percent-encoded, once.
    /// The fragment, which is never sent, is left out. Returns null where the text is no absolute URL.
    /// </summary>
    public static Uri? Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var canonical))
        {
            return null;
        }

        if (canonical.Scheme != Uri.UriSchemeHttps && canonical.Scheme != Uri.UriSchemeHttp)
        {
            return canonical;
        }

        var (server, target) = Split(text);
        return Exact(server, target) is { } exact
            // One reading of the server, whatever the text: the guard's and the connection's.
            && exact.Scheme == canonical.Scheme && exact.IdnHost == canonical.IdnHost && exact.Port == canonical.Port && exact.UserInfo == canonical.UserInfo
            ? exact
            : null;
    }

    /// <summary>
    /// Where a redirect leads; null where its <c>Location</c> is no link. The result keeps the text of the new host as it came, and path and query as
    /// <see cref="Parse"/> does.
    /// </summary>
    public static Uri? Redirect(Uri from, string location)
    {
        if (SchemeText().IsMatch(location))
        {
            return Parse(location);
        }

        // Backslashes are slashes to Uri, and to browsers.
        if (location is ['/' or '\\', '/' or '\\', ..])
        {
            return Parse($"{from.Scheme}:{location}");
        }

        // On the same host: the text in front of the path is the one that was checked before.
        var (server, target) = Split(from.OriginalString);
        return Exact(server, location switch
        {
            ['\\', ..] => "/" + location[1..],
            ['/', ..] => location,
            ['?', ..] => PathOf(target) + location,
            "" or ['#', ..] => target,
            _ => Merge(PathOf(target), location),
        });
    }

    /// <summary>Splits a link into the text up to its server's end, and path and query without the fragment.</summary>
    private static (string Server, string Target) Split(string link)
    {
        var start = link.IndexOf(':', StringComparison.Ordinal) + 1;
        while (start < link.Length && link[start] is '/' or '\\')
        {
            start++;
        }

        var length = link.AsSpan(start).IndexOfAny(ServerEnds);
        var end = length < 0 ? link.Length : start + length;
        return (link[..end], link[end..].TrimEnd().Split('#')[0]);
    }

    private static Uri? Exact(string server, string target)
    {
        target = target.Split('#')[0];
        var text = server + (target is ['/', ..] ? "" : "/") + Escape(target is ['\\', ..] ? target[1..] : target);
        return Uri.TryCreate(text, ByteForByte, out var exact) ? exact : null;
    }

    private static string PathOf(string target)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target[..query];
    }

    // RFC 3986, 5.2.3. Only the dots that a relative path begins with are resolved: those within a path are part of its spelling.
    private static string Merge(string path, string relative)
    {
        var folder = path[..(path.LastIndexOf('/') + 1)];
        while (LeadingDots().Match(relative) is { Success: true } dots)
        {
            relative = relative[dots.Length..];
            if (dots.ValueSpan.StartsWith("..") && folder.Length > 1)
            {
                folder = folder[..(folder.LastIndexOf('/', folder.Length - 2) + 1)];
            }
        }

        return folder + relative;
    }

    private static string Escape(string target)
    {
        var rest = target.AsSpan();
        var next = rest.IndexOfAnyExcept(InRequestLine);
        if (next < 0)
        {
            return target;
        }

        var escaped = new StringBuilder(target.Length + 16);
        Span<byte> utf8 = stackalloc byte[4];
        while (next >= 0)
        {
            escaped.Append(rest[..next]);
            Rune.DecodeFromUtf16(rest[next..], out var rune, out var consumed);
            foreach (var octet in utf8[..rune.EncodeToUtf8(utf8)])
            {
                escaped.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
            }

            rest = rest[(next + consumed)..];
            next = rest.IndexOfAnyExcept(InRequestLine);
        }

        return escaped.Append(rest).ToString();
    }

    [GeneratedRegex(@"\Ahttp://127\.0\.0\.1(:[0-9]{1,5})?([/?#]|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex LoopbackText();

    [GeneratedRegex(@"\A\.\.?(/|(?=\?)|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex LeadingDots();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9+.\-]*:", RegexOptions.CultureInvariant)]
    private static partial Regex SchemeText();
}
