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
    /// Numbers assets of which some have rows. Those keep their numbers, by name. Each other one gets the number of its position if that is free,
    /// and otherwise the next free one.
    /// </summary>
    public static IReadOnlyList<NumberedAsset> AssignNumbers(IReadOnlyList<AssetSource> sources, IReadOnlyList<AssetRow> rows)
    {
        var numbers = rows.ToDictionary(row => row.Name, row => row.Number, StringComparer.Ordinal);
        var usedNumbers = numbers.Values.ToHashSet();
        var numbered = new List<NumberedAsset>(sources.Count);
        for (var i = 0; i < sources.Count; i++)
        {
            if (!numbers.TryGetValue(sources[i].Name, out var number))
            {
                for (number = i; !usedNumbers.Add(number); number++)
                {
                    // The number belongs to an asset with another name.
                }
            }

            numbered.Add(new NumberedAsset(number, sources[i]));
        }

        return numbered;
    }
}
