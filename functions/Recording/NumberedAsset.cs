using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Recording;

/// <summary>An asset that an event names, with the number of its row.</summary>
/// <param name="Number">The number.</param>
/// <param name="Source">What is to be fetched.</param>
public sealed record NumberedAsset(int Number, AssetSource Source)
{
    /// <summary>The version of its row, which has just been inserted; null where it was there before, or is not known.</summary>
    public string? RowETag { get; init; }

    /// <summary>The key of its row.</summary>
    public string RowKey => AssetRow.KeyOf(Number);

    /// <summary>Numbers assets in their order from <paramref name="first"/> on.</summary>
    public static IReadOnlyList<NumberedAsset> From(IEnumerable<AssetSource> sources, int first = 0) =>
        [.. sources.Select((source, i) => new NumberedAsset(first + i, source))];

    /// <summary>
    /// Numbers assets of which some may have rows: those keep them, by their names. The others take their place in the order if it is free,
    /// and otherwise the next free one.
    /// </summary>
    public static IReadOnlyList<NumberedAsset> Place(IReadOnlyList<AssetSource> sources, IReadOnlyList<AssetRow> rows)
    {
        var numbers = rows.ToDictionary(row => row.Name, row => row.Number, StringComparer.Ordinal);
        var taken = numbers.Values.ToHashSet();
        var placed = new List<NumberedAsset>(sources.Count);
        for (var i = 0; i < sources.Count; i++)
        {
            if (!numbers.TryGetValue(sources[i].Name, out var number))
            {
                for (number = i; !taken.Add(number); number++)
                {
                    // Taken by an asset of another name.
                }
            }

            placed.Add(new NumberedAsset(number, sources[i]));
        }

        return placed;
    }
}
