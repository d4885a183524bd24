using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Recording;

/// <summary>
/// Numbering of assets of which some may have rows. Those keep their numbers, by name, so a row never holds another asset's content. Each other one
/// gets the number of its position if that is free, and otherwise the next free one.
/// </summary>
public sealed class AssetNumbering
{
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);
    private readonly HashSet<int> _used = [];
    private int _position;

    /// <param name="rows">The rows of all of the event's assets.</param>
    /// <param name="first">The number of the first position.</param>
    public AssetNumbering(IEnumerable<AssetRow> rows, int first)
    {
        _position = first;
        foreach (var row in rows)
        {
            // A batch's document and the event itself may both name its results. The lower number counts.
            _known.TryAdd(row.Name, row.Number);
            _used.Add(row.Number);
        }
    }

    /// <summary>Returns whether an asset has a row.</summary>
    public bool IsKnown(AssetSource source) => _known.ContainsKey(source.Name);

    /// <summary>Returns the next asset with its number.</summary>
    public NumberedAsset Assign(AssetSource source)
    {
        var position = _position++;
        if (_known.TryGetValue(source.Name, out var number))
        {
            return new NumberedAsset(number, source);
        }

        for (number = position; !_used.Add(number); number++)
        {
            // The number belongs to an asset with another name.
        }

        return new NumberedAsset(number, source);
    }
}
