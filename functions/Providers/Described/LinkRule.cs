using System.Globalization;
using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Described;

/// <summary>A place in a document where links to results stand.</summary>
/// <param name="Name">The asset's name: with the item's id behind it, or its number, where there may be several.</param>
/// <param name="Path">Where the link stands, in the form of <see cref="JsonPaths"/>; for a list of items, where the list stands.</param>
public sealed record LinkRule(string Name, string Path)
{
    /// <summary>What is expected behind the link. The default value is media.</summary>
    public AssetKind Kind { get; init; }

    /// <summary>Where the link stands in an item of the list; null where the path leads to one link, the default value.</summary>
    public string? LinkOfItem { get; init; }

    /// <summary>
    /// Where an item's id stands, by which its asset is named: the same in the webhook and in the API's answer, whatever the order. Null where items have
    /// none, the default value: then they are named by their number.
    /// </summary>
    public string? IdOfItem { get; init; }

    /// <summary>Whether links are looked for in everything below the path, however it is nested. The default value is false.</summary>
    public bool IsAnywhere { get; init; }

    /// <summary>Returns a rule for one link.</summary>
    public static LinkRule One(string name, string path) => new(name, path);

    /// <summary>Returns a rule for a list of objects that hold a link each.</summary>
    public static LinkRule Each(string name, string list, string link, string? id = null) => new(name, list) { LinkOfItem = link, IdOfItem = id };

    /// <summary>Returns a rule for a list of links.</summary>
    public static LinkRule Each(string name, string list) => new(name, list) { LinkOfItem = "" };

    /// <summary>Returns a rule for links anywhere below a path, to any kind of file.</summary>
    public static LinkRule Anywhere(string name, string path) => new(name, path) { IsAnywhere = true };

    /// <summary>Adds the assets that this rule finds to <paramref name="assets"/>.</summary>
    internal void Collect(JsonElement document, HostList ownHosts, List<AssetSource> assets)
    {
        if (IsAnywhere)
        {
            assets.AddRange(OutputLinks.Read(document.At(Path), Name, ownHosts));
        }
        else if (LinkOfItem is null)
        {
            Add(document.TextAt(Path), Name, assets);
        }
        else if (document.At(Path) is { ValueKind: JsonValueKind.Array } list)
        {
            foreach (var (number, item) in list.EnumerateArray().Take(OutputLinks.MaxAssets + 1).Index())
            {
                if (number == OutputLinks.MaxAssets)
                {
                    assets.Add(ResultLink.Unfetchable($"{Name}.rest", $"The list holds more than {OutputLinks.MaxAssets} links; the others were left alone."));
                    break;
                }

                var id = IdOfItem is null ? null : item.TextAt(IdOfItem);
                Add(
                    LinkOfItem.Length == 0 ? item.Text() : item.TextAt(LinkOfItem),
                    $"{Name}.{(ApiOrigin.IsSegment(id) ? id : number.ToString(CultureInfo.InvariantCulture))}",
                    assets);
            }
        }
    }

    private void Add(string? link, string name, List<AssetSource> assets)
    {
        if (link is not null)
        {
            // Two items may have one id, and an id may be a number.
            for (var plain = name; assets.Exists(asset => asset.Name == name); name = $"{plain}~{assets.Count.ToString(CultureInfo.InvariantCulture)}")
            {
            }

            assets.Add(ResultLink.Source(name, link, Kind));
        }
    }
}
