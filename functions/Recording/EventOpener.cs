using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Recording;

/// <summary>
/// Writer of an event's row and its assets' rows, before their messages are dispatched. When repeated, the provider's API may answer differently.
/// Assets keep their rows by name, new ones get rows of their own, and the row's counts follow from all of them.
/// </summary>
public sealed class EventOpener(EventStore events, AssetDispatch dispatch, TimeProvider clock)
{
    // The event's row, and the notification rows of its end, are in the first transaction too.
    private readonly int _pieceSize = events.AssetsInTransaction;

    /// <summary>
    /// Writes the rows. Returns the event's row, in state <c>Received</c> if there is something to dispatch, and the assets that have not ended.
    /// Returns null if another delivery has done the whole work in the meantime.
    /// </summary>
    /// <param name="newRow">A new row for the event as it was just interpreted.</param>
    /// <param name="found">The existing row as it was read; null if there was none.</param>
    /// <param name="origin">What the event's assets have in common.</param>
    /// <param name="assets">The assets that the event names now.</param>
    /// <param name="isRefetch">Whether an operator refetches an unconfirmed event that had ended.</param>
    /// <param name="jobWritten">The write of the job's row, which must complete before the event's row is written.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task<(EventRow Row, IReadOnlyList<NumberedAsset> Pending)?> OpenAsync(
        EventRow newRow,
        EventRow? found,
        AssetOrigin origin,
        IReadOnlyList<AssetSource> assets,
        bool isRefetch,
        Task jobWritten,
        CancellationToken cancellationToken)
    {
        var numbered = NumberedAsset.From(assets);
        if (found is null)
        {
            var rows = dispatch.Rows(origin, numbered).ToList();
            var pieces = rows.Chunk(_pieceSize).ToList();
            if (pieces.Count <= 1 && assets.All(asset => !asset.IsFetched))
            {
                // Nothing will be dispatched, so the event is final from its first write on.
                newRow.WithStateFromCounts(clock.GetUtcNow());
            }

            if (await events.InsertAsync(newRow, pieces.FirstOrDefault([]), cancellationToken, jobWritten) == WriteResult.Written)
            {
                await AddAsync(pieces.Skip(1), cancellationToken);
                return (newRow, [.. numbered.Zip(rows, (asset, row) => asset with { RowETag = row.ETag == default ? null : row.ETag.ToString() })]);
            }

            newRow.AsReceived(clock.GetUtcNow());
        }

        await jobWritten;

        while (await events.FindAsync(newRow.PartitionKey, cancellationToken) is { } existing)
        {
            var isProvenSince = existing is { State: EventState.Received, IsInterpreted: true, Assurance: Assurance.Unconfirmed } && origin.Assurance.IsProven();
            var isReplaced = isProvenSince
                || existing is { State: EventState.Failed } or { State: EventState.Received, IsInterpreted: false }
                || (isRefetch && existing is { IsFinal: true, Assurance: Assurance.Unconfirmed });
            if (!isReplaced && existing.State != EventState.Received)
            {
                return null;
            }

            if (isProvenSince)
            {
                // An earlier process died before it dispatched the work, and since then a key for the provider's API was set. The unconfirmed assets
                // are removed before the row changes. Until the row is proven, a repetition comes here again.
                await events.RemoveUnconfirmedAssetsAsync(existing.PartitionKey, cancellationToken);
            }

            // Assets that the event named before it was proven are replaced, so they do not count. The row was read before the assets: if one of
            // them ends meanwhile, the row's ETag changes and the write fails.
            var rows = await events.AssetsAsync(existing.PartitionKey, cancellationToken)
                .Where(row => row.Assurance.IsProven() || !origin.Assurance.IsProven())
                .ToListAsync(cancellationToken);
            var renumbered = NumberedAsset.AssignNumbers(assets, rows);
            var known = rows.ToDictionary(row => row.RowKey, StringComparer.Ordinal);
            var missing = dispatch.Rows(origin, renumbered.Where(asset => !known.ContainsKey(asset.RowKey))).ToList();
            var row = isReplaced ? newRow.Replacing(existing) : existing;
            if ((row.TryRecount([.. rows, .. missing]) || isReplaced) && await events.UpdateAsync(row, cancellationToken) != WriteResult.Written)
            {
                continue;
            }

            if (row.Reopenings > 0 && origin.Assurance.IsProven())
            {
                // The blobs of the removed rows stay.
                await events.RemoveUnconfirmedAssetsAsync(row.PartitionKey, cancellationToken);
            }

            await AddAsync(missing.Chunk(_pieceSize), cancellationToken);
            return (row, [.. renumbered.Where(asset => known.GetValueOrDefault(asset.RowKey) is not { IsFinal: true })]);
        }

        // The event was erased in between.
        return null;
    }

    private async Task AddAsync(IEnumerable<AssetRow[]> pieces, CancellationToken cancellationToken)
    {
        foreach (var piece in pieces)
        {
            await events.AddAssetsAsync(piece, cancellationToken);
        }
    }
}
