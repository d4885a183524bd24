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

    /// <summary>Numbers assets of which some may have rows (see <see cref="AssetNumbering"/>).</summary>
    /// <param name="sources">The assets, in order.</param>
    /// <param name="rows">The rows of all of the event's assets.</param>
    /// <param name="first">The number of the first position.</param>
    public static IReadOnlyList<NumberedAsset> AssignNumbers(IEnumerable<AssetSource> sources, IEnumerable<AssetRow> rows, int first = 0)
    {
        var numbering = new AssetNumbering(rows, first);
        return [.. sources.Select(numbering.Assign)];
    }
}
