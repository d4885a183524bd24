using Azure;
using Azure.Data.Tables;

namespace WebhookFunctions.Storage.Events;

/// <summary>Maintenance of the list of recent events that removes what is older than <see cref="EventIndex.KeepRecent"/>.</summary>
public sealed class EventIndexTrim(StorageClients storage)
{
    /// <summary>
    /// Removes entries that are too old, in transactions, and stops with the one that brings the count to <paramref name="most"/>.
    /// Returns how many it removed.
    /// </summary>
    public async Task<int> RunAsync(DateTimeOffset now, int most, CancellationToken cancellationToken)
    {
        var removed = 0;
        for (var shard = 0; shard < EventIndexKeys.Shards && removed < most; shard++)
        {
            removed += await RunAsync(shard, now, most - removed, cancellationToken);
        }

        return removed;
    }

    private async Task<int> RunAsync(int shard, DateTimeOffset now, int most, CancellationToken cancellationToken)
    {
        var oldest = EventIndexKeys.RecentOf(shard, now - EventIndex.KeepRecent);
        var end = KeyRange.After(EventIndexKeys.PartitionOf(EventIndexKeys.Recent, shard));
        var removed = 0;
        List<EventIndexEntry> piece = [];
        var old = storage.Index.QueryAsync<EventIndexEntry>(
            TableClient.CreateQueryFilter($"PartitionKey gt {oldest} and PartitionKey lt {end}"),
            select: [nameof(EventIndexEntry.PartitionKey), nameof(EventIndexEntry.RowKey)],
            cancellationToken: cancellationToken);
        await foreach (var entry in old)
        {
            if (piece.Count == EventStore.TransactionSize || (piece.Count > 0 && piece[0].PartitionKey != entry.PartitionKey))
            {
                await DeleteAsync(piece, cancellationToken);
                removed += piece.Count;
                piece.Clear();
            }

            if (removed >= most)
            {
                return removed;
            }

            piece.Add(entry);
        }

        if (piece.Count > 0)
        {
            await DeleteAsync(piece, cancellationToken);
        }

        return removed + piece.Count;
    }

    private async Task DeleteAsync(List<EventIndexEntry> piece, CancellationToken cancellationToken) =>
        await storage.Index.SubmitTransactionAsync(
            piece.Select(entry => new TableTransactionAction(TableTransactionActionType.Delete, entry, ETag.All)), cancellationToken);
}
