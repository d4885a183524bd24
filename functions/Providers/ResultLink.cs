using WebhookFunctions.Model;

namespace WebhookFunctions.Providers;

/// <summary>
/// Factory of assets from links in events. It only examines the link's text. The download decides whether its host may be requested, by the host's
/// addresses when it connects.
/// </summary>
public static class ResultLink
{
    /// <summary>The longest link that is followed, in characters. Observed links have some 1,500, and the message that carries one has 256 KiB in
    /// all.</summary>
    public const int MaxLength = 8192;

    private const int MaxSchemeShown = 16;

    /// <summary>Returns the asset of <paramref name="url"/>. It has a <see cref="AssetSource.FetchError"/> if the link cannot be followed.</summary>
    public static AssetSource Source(string name, string url, AssetKind kind = AssetKind.Media, bool expands = false) =>
        Problem(url) is { } problem
            ? Unfetchable(name, problem, url.Length <= MaxLength && !IsInline(url) ? url : "")
            : new AssetSource { Name = name, Url = url, Kind = kind, Expands = expands };

    /// <summary>Returns an asset that the event announces but that cannot be fetched.</summary>
    public static AssetSource Unfetchable(string name, string problem, string url = "") => new() { Name = name, Url = url, FetchError = problem };

    private static string? Problem(string url)
    {
        if (IsInline(url))
        {
            return "The result is in the event itself (a data: link); see its raw body.";
        }

        if (url.Length > MaxLength)
        {
            return $"The link is longer than {MaxLength} characters.";
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            return "The link is not an absolute URL.";
        }

        if (uri.Scheme is not ("http" or "https"))
        {
            return $"Only http and https links are followed, not {(uri.Scheme.Length > MaxSchemeShown ? "this" : uri.Scheme + ":")}.";
        }

        return uri.Host.Length == 0 ? "The link names no host." : null;
    }

    private static bool IsInline(string url) => url.AsSpan().TrimStart().StartsWith("data:", StringComparison.OrdinalIgnoreCase);
}
