using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Providers.Replicate;

/// <summary>
/// A prediction's <c>output</c>, which each model shapes as it likes: one link, a list or an object of links, nested, or no links at all (text, numbers).
/// An asset is named by where its link stands: <c>output</c>, <c>output.0</c>, <c>output.video</c>.
/// </summary>
public static partial class ReplicateOutput
{
    /// <summary>The most links that are followed.</summary>
    public const int MaxAssets = 500;

    private const string RootName = "output";
    private const int MaxNameLength = 200;

    private static readonly SearchValues<char> NotInLink = SearchValues.Create(" \t\r\n\f\v\u00a0\"<>");

    /// <summary>The assets in <paramref name="prediction"/>'s output, in its order.</summary>
    public static IReadOnlyList<AssetSource> Read(JsonElement prediction)
    {
        List<AssetSource> assets = [];
        if (prediction.Has(RootName))
        {
            Collect(prediction.GetProperty(RootName), RootName, assets, []);
        }

        return assets;
    }

    // The depth is bounded by the parser.
    private static void Collect(JsonElement value, string name, List<AssetSource> assets, HashSet<string> names, bool isSpoken = false)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when value.Text() is { } text && IsLink(text, isSpoken):
                Add(text, name, assets, names);
                break;
            case JsonValueKind.Array:
                var index = 0;
                var isText = IsText(value);
                foreach (var item in value.EnumerateArray())
                {
                    Collect(item, $"{name}.{(index++).ToString(CultureInfo.InvariantCulture)}", assets, names, isText);
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    Collect(property.Value, $"{name}.{property.Name}", assets, names);
                }

                break;
        }
    }

    private static void Add(string link, string name, List<AssetSource> assets, HashSet<string> names)
    {
        if (assets.Count > MaxAssets)
        {
            return;
        }

        if (assets.Count == MaxAssets)
        {
            assets.Add(ResultLink.Unfetchable("rest", $"The output holds more than {MaxAssets} links; the others were left alone."));
            return;
        }

        // {"a.b": …, "a": {"b": …}} would give one name twice; and a name goes into a row, where no link's query may stand.
        if (name.Length > MaxNameLength || BoundedText.WithoutTokens(name) != name || !names.Add(name))
        {
            name = $"{RootName}.{assets.Count.ToString(CultureInfo.InvariantCulture)}~";
            names.Add(name);
        }

        assets.Add(ResultLink.Source(name, link, AssetKind.AnyFile));
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

            _ = IsLink(item.Text() ?? "", isSpoken: false) ? links++ : others++;
        }

        return links > 0 && others > 0;
    }

    /// <summary>Whether a text is a link, whole and with nothing around it. Anything else is what a model said, not where its file is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isSpoken">Whether it is one piece of a text. Then only a link to where Replicate itself keeps files counts.</param>
    private static bool IsLink(string text, bool isSpoken)
    {
        if (text.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            return !isSpoken && InlineFile().IsMatch(text);
        }

        // Uri takes white space around a link, and spaces in it.
        return !text.AsSpan().ContainsAny(NotInLink)
            && Uri.TryCreate(text, UriKind.Absolute, out var link)
            && (link.Scheme == Uri.UriSchemeHttps || OutboundLink.IsLoopback(link))
            && link.Host.Length > 0
            && (!isSpoken || ReplicateProvider.FileHosts.Allows(link));
    }

    [GeneratedRegex(@"\Adata:[A-Za-z0-9.+/-]*(;[A-Za-z0-9=.+_-]+)*,\S*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex InlineFile();
}
