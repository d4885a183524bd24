using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace WebhookFunctions.Outbound;

/// <summary>Rules for links that may be followed, judged by their text. The addresses of their host are judged when the connection is made.</summary>
public static partial class OutboundLink
{
    private const int HttpsPort = 443;

    // Ports below are those of well-known services (mail, shells, databases), none of which speaks https except on 443.
    private const int FirstUnreservedPort = 1024;

    private static readonly UriCreationOptions ByteForByte = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private static readonly SearchValues<char> ServerEnds = SearchValues.Create("/\\?#");

    // Visible ASCII without the characters that RFC 3986 excludes. A percent sign stays, whatever follows it.
    private static readonly SearchValues<char> InRequestLine = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Except("\"<>\\^`{|}")]);

    /// <summary>Returns why <paramref name="uri"/> must not be followed, as text for an operator; null if it may be.</summary>
    public static string? Problem(Uri? uri, bool allowLoopback)
    {
        if (uri is not { IsAbsoluteUri: true })
        {
            return "The link is not an absolute URL.";
        }

        if (uri.UserInfo.Length > 0)
        {
            return "The link contains user information.";
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
    /// Returns whether the text is <c>http://127.0.0.1</c> in exactly that spelling. <see cref="Uri"/> also turns <c>0x7f.1</c> and
    /// <c>2130706433</c> into it, so the original text decides.
    /// </summary>
    public static bool IsLoopback(Uri uri) => uri is { Scheme: "http", Host: "127.0.0.1" } && LoopbackText().IsMatch(uri.OriginalString);

    /// <summary>Returns whether a redirect leads from https to http, which is never followed, not even to the loopback address in
    /// development.</summary>
    public static bool IsDowngrade(Uri from, Uri to) => from.Scheme == Uri.UriSchemeHttps && to.Scheme == Uri.UriSchemeHttp;

    /// <summary>
    /// Parses a link so that its path and query are sent byte for byte as received, because a signature may cover their spelling. <see cref="Uri"/>
    /// unescapes <c>%7E</c>, folds <c>/../</c> and changes the case of <c>%e6</c>. Only characters that a request line cannot hold are
    /// percent-encoded, once. The fragment, which is never sent, is removed. Returns null if the text is not an absolute URL.
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
            // The guard and the connection must read the same server from the text.
            && exact.Scheme == canonical.Scheme && exact.IdnHost == canonical.IdnHost && exact.Port == canonical.Port && exact.UserInfo == canonical.UserInfo
            ? exact
            : null;
    }

    /// <summary>
    /// Returns the destination of a redirect; null if its <c>Location</c> is not a link. The text of the new host stays as received, and so do path
    /// and query, as in <see cref="Parse"/>.
    /// </summary>
    public static Uri? Redirect(Uri from, string location)
    {
        if (SchemeText().IsMatch(location))
        {
            return Parse(location);
        }

        // Uri and browsers treat backslashes as slashes.
        if (location is ['/' or '\\', '/' or '\\', ..])
        {
            return Parse($"{from.Scheme}:{location}");
        }

        // On the same host, the text before the path is the one that was checked before.
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

    /// <summary>Splits a link into the text up to the end of its server, and the path and query without the fragment.</summary>
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

    // RFC 3986, 5.2.3. Only leading dots of a relative path are resolved, because those within a path are part of its spelling.
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
