using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Recording;

/// <summary>An asset that an event names, with the number of its row.</summary>
/// <param name="Number">The number.</param>
/// <param name="Source">The asset to fetch.</param>
public sealed record NumberedAsset(int Number, AssetSource Source)
{
    /// <summary>The ETag of its row, if this call inserted it; otherwise null.</summary>
    public string? RowETag { get; init; }

    /// <summary>The key of its row.</summary>
    public string RowKey => AssetRow.KeyOf(Number);

    /// <summary>Numbers assets in their order from <paramref name="first"/> on.</summary>
    public static IReadOnlyList<NumberedAsset> From(IEnumerable<AssetSource> sources, int first = 0) =>
        [.. sources.Select((source, i) => new NumberedAsset(first + i, source))];

    /// <summary>
    /// Numbers assets of which some may have rows. Those keep their numbers, by name, so a row never holds another asset's content. Each other one
    /// gets the number of its position if that is free, and otherwise the next free one.
    /// </summary>
    /// <param name="sources">The assets, in order.</param>
    /// <param name="rows">The rows of all of the event's assets.</param>
    /// <param name="first">The number of the first position.</param>
    public static IReadOnlyList<NumberedAsset> AssignNumbers(IReadOnlyList<AssetSource> sources, IReadOnlyCollection<AssetRow> rows, int first = 0)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            // A batch's document and the event itself may both name its results. The lower number counts.
            numbers.TryAdd(row.Name, row.Number);
        }

        var usedNumbers = rows.Select(row => row.Number).ToHashSet();
        var numbered = new List<NumberedAsset>(sources.Count);
        for (var i = 0; i < sources.Count; i++)
        {
            if (!numbers.TryGetValue(sources[i].Name, out var number))
            {
                for (number = first + i; !usedNumbers.Add(number); number++)
                {
                    // The number belongs to an asset with another name.
                }
            }

            numbered.Add(new NumberedAsset(number, sources[i]));
        }

        return numbered;
    }
}
