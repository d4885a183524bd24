using System.Globalization;
using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Described;

/// <summary>Rule that says where a document contains links to results, and how their assets are named.</summary>
/// <param name="Name">The asset's name. If there may be several, the item's id or number is appended.</param>
/// <param name="Path">The path of the link, or of the list of items, in the form of <see cref="JsonPaths"/>.</param>
public sealed record LinkRule(string Name, string Path)
{
    /// <summary>The content that the link is expected to have. The default value is media.</summary>
    public AssetKind Kind { get; init; }

    /// <summary>The path of the link in an item of the list. The default value, null, means that <see cref="Path"/> leads to one link.</summary>
    public string? LinkOfItem { get; init; }

    /// <summary>
    /// The path of an item's id, by which its asset is named. Names are then the same in the webhook and in the API's answer, whatever the order.
    /// With the default value, null, items are named by their number.
    /// </summary>
    public string? IdOfItem { get; init; }

    /// <summary>Whether links are collected from everything below the path, at any depth. The default value is false.</summary>
    public bool IsAnywhere { get; init; }

    /// <summary>Returns a rule for one link.</summary>
    public static LinkRule One(string name, string path) => new(name, path);

    /// <summary>Returns a rule for a list of objects that contain a link each.</summary>
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
                    assets.Add(ResultLink.Unfetchable($"{Name}.rest", $"The list contains more than {OutputLinks.MaxAssets} links; the others are not fetched."));
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
            // Two items may have the same id, and an id may equal another item's number.
            for (var plain = name; assets.Exists(asset => asset.Name == name); name = $"{plain}~{assets.Count.ToString(CultureInfo.InvariantCulture)}")
            {
            }

            assets.Add(ResultLink.Source(name, link, Kind));
        }
    }
}
