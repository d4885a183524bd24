using System.Globalization;
using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Providers.Replicate;

/// <summary>
/// A prediction's <c>output</c>, which each model shapes as it likes: one link, a list or an object of links, nested, or no links at all (text, numbers).
/// An asset is named by where its link stands: <c>output</c>, <c>output.0</c>, <c>output.video</c>.
/// </summary>
public static class ReplicateOutput
{
    /// <summary>The most links that are followed.</summary>
    public const int MaxAssets = 500;

    private const string RootName = "output";
    private const int MaxNameLength = 200;

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
    private static void Collect(JsonElement value, string name, List<AssetSource> assets, HashSet<string> names)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when value.Text() is { } text && IsLink(text):
                Add(text, name, assets, names);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    Collect(item, $"{name}.{(index++).ToString(CultureInfo.InvariantCulture)}", assets, names);
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

        assets.Add(ResultLink.Source(name, link));
    }

    // Anything else is what a model said, not where its file is.
    private static bool IsLink(string text) =>
        text.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("data:", StringComparison.OrdinalIgnoreCase);
}
