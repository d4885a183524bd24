using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Providers;

/// <summary>
/// The links in a result that each model shapes as it likes: one link, a list or an object of links, nested, or no links at all (text, numbers).
/// An asset is named by where its link stands: <c>output</c>, <c>output.0</c>, <c>output.video</c>.
/// </summary>
public static partial class OutputLinks
{
    /// <summary>The most links that are followed.</summary>
    public const int MaxAssets = 500;

    private const int MaxNameLength = 200;

    private static readonly SearchValues<char> NotInLink = SearchValues.Create(" \t\r\n\f\v\u00a0\"<>");

    /// <summary>The assets in a value, in its order.</summary>
    /// <param name="value">The value; an undefined one holds none.</param>
    /// <param name="name">Its name, with which those of the assets begin.</param>
    /// <param name="hosts">The service's own hosts: links to these alone count in a list of texts of which some are no links.</param>
    public static IReadOnlyList<AssetSource> Read(JsonElement value, string name, HostList hosts)
    {
        var links = new Collection(name, hosts, [], new HashSet<string>(StringComparer.Ordinal));
        Collect(value, name, links);
        return links.Assets;
    }

    // The depth is bounded by the parser.
    private static void Collect(JsonElement value, string name, Collection links, bool isSpoken = false)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when value.Text() is { } text && IsLink(text, isSpoken ? links.Hosts : null):
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

    // A language model's answer is a list of the pieces of one text, any of which may begin as a link does or be one.
    private static bool IsText(JsonElement list)
    {
        var links = 0;
        var others = 0;
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                return false;
            }

            _ = IsLink(item.Text() ?? "", ownHosts: null) ? links++ : others++;
        }

        return links > 0 && others > 0;
    }

    /// <summary>Whether a text is a link, whole and with nothing around it. Anything else is what a model said, not where its file is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ownHosts">Where it is one piece of a text, the service's own hosts: then only a link to one of them counts.</param>
    private static bool IsLink(string text, HostList? ownHosts)
    {
        if (text.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            return ownHosts is null && InlineFile().IsMatch(text);
        }

        // Uri takes white space around a link, and spaces in it.
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
                Assets.Add(ResultLink.Unfetchable("rest", $"The output holds more than {MaxAssets} links; the others were left alone."));
                return;
            }

            // {"a.b": …, "a": {"b": …}} would give one name twice; and a name goes into a row, where no link's query may stand.
            if (name.Length > MaxNameLength || BoundedText.WithoutTokens(name) != name || !Names.Add(name))
            {
                name = $"{Root}.{Assets.Count.ToString(CultureInfo.InvariantCulture)}~";
                Names.Add(name);
            }

            Assets.Add(ResultLink.Source(name, link, AssetKind.AnyFile));
        }
    }
}
