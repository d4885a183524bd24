using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Providers;

/// <summary>
/// Reader of links in a result whose shape depends on the model: one link, a nested list or object of links, or no links at all (text, numbers). An
/// asset is named by the path of its link: <c>output</c>, <c>output.0</c>, <c>output.video</c>.
/// </summary>
public static partial class OutputLinks
{
    /// <summary>The maximum number of links that are followed.</summary>
    public const int MaxAssets = 500;

    private const int MaxNameLength = 200;

    private static readonly SearchValues<char> NotInLink = SearchValues.Create(" \t\r\n\f\v\u00a0\"<>");

    /// <summary>Returns the assets in a value, in its order.</summary>
    /// <param name="value">The value; an undefined one contains none.</param>
    /// <param name="name">The value's name, which prefixes the assets' names.</param>
    /// <param name="hosts">The service's own hosts. In a list that also contains other texts, only links to these hosts are used.</param>
    public static IReadOnlyList<AssetSource> Read(JsonElement value, string name, HostList hosts)
    {
        var links = new Collection(name, hosts, [], new HashSet<string>(StringComparer.Ordinal));
        Collect(value, name, links);
        return links.Assets;
    }

    // The parser bounds the depth.
    private static void Collect(JsonElement value, string name, Collection links, bool isPieceOfText = false)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when value.Text() is { } text && IsLink(text, isPieceOfText ? links.Hosts : null):
                links.Add(text, name);
                break;
            case JsonValueKind.Array:
                var index = 0;
                var isText = IsText(value);
                foreach (var item in value.EnumerateArray())
                {
                    Collect(item, $"{name}.{(index++).ToString(CultureInfo.InvariantCulture)}", links, isText);
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    Collect(property.Value, $"{name}.{property.Name}", links);
                }

                break;
        }
    }

    // Returns whether a list contains both links and other texts. A language model's answer is a list of pieces of one text, any of which may look
    // like a link.
    private static bool IsText(JsonElement list)
    {
        var links = 0;
        var otherTexts = 0;
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                return false;
            }

            _ = IsLink(item.Text() ?? "", ownHosts: null) ? links++ : otherTexts++;
        }

        return links > 0 && otherTexts > 0;
    }

    /// <summary>Returns whether a text is a link and nothing else. Any other text is a model's answer, not the link to its file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ownHosts">For one piece of a text, the service's own hosts, because only a link to one of them counts; otherwise null.</param>
    private static bool IsLink(string text, HostList? ownHosts)
    {
        if (text.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            return ownHosts is null && InlineFile().IsMatch(text);
        }

        // Uri accepts white space around a link, and spaces in it.
        return !text.AsSpan().ContainsAny(NotInLink)
            && Uri.TryCreate(text, UriKind.Absolute, out var link)
            && (link.Scheme == Uri.UriSchemeHttps || OutboundLink.IsLoopback(link))
            && link.Host.Length > 0
            && (ownHosts is null || ownHosts.Allows(link));
    }

    [GeneratedRegex(@"\Adata:[A-Za-z0-9.+/-]*(;[A-Za-z0-9=.+_-]+)*,\S*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex InlineFile();

    private sealed record Collection(string Root, HostList Hosts, List<AssetSource> Assets, HashSet<string> Names)
    {
        public void Add(string link, string name)
        {
            if (Assets.Count > MaxAssets)
            {
                return;
            }

            if (Assets.Count == MaxAssets)
            {
                Assets.Add(ResultLink.Unfetchable("rest", $"The output contains more than {MaxAssets} links; the others are not fetched."));
                return;
            }

            // {"a.b": …, "a": {"b": …}} would give one name twice. A name is written to a row, which must not contain a link's query.
            if (name.Length > MaxNameLength || BoundedText.WithoutTokens(name) != name || !Names.Add(name))
            {
                name = $"{Root}.{Assets.Count.ToString(CultureInfo.InvariantCulture)}~";
                Names.Add(name);
            }

            Assets.Add(ResultLink.Source(name, link, AssetKind.AnyFile));
        }
    }
}
