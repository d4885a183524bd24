using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>
/// Writer of assets that end or are reopened, which updates the counts on their event's row in the same transaction. Assets of one event that end at
/// the same time share a transaction. That makes 500 of them a few writes of the event's row, instead of 500 that conflict. Between processes the
/// ETag decides, so no count is lost.
/// </summary>
public sealed partial class AssetCompletionWriter(
    StorageClients storage,
    EventStore events,
    EventIndex index,
    EventAnnouncements announcements,
    TimeProvider clock,
    ILogger<AssetCompletionWriter> logger)
{
    private readonly Dictionary<string, Queue<Entry>> _waiting = [];

    /// <summary>
    /// Writes <paramref name="asset"/>, which was in state <paramref name="before"/>, with its event's counts and state, unless the asset's row was
    /// changed since it was read.
    /// </summary>
    public Task<WriteResult> WriteAsync(AssetRow asset, AssetState before, CancellationToken cancellationToken)
    {
        var entry = new Entry(asset, before, cancellationToken);
        lock (_waiting)
        {
            if (_waiting.TryGetValue(asset.PartitionKey, out var queue))
            {
                queue.Enqueue(entry);
                return entry.Written.Task;
            }

            _waiting.Add(asset.PartitionKey, new Queue<Entry>([entry]));
        }

        _ = WriteAllAsync(asset.PartitionKey);
        return entry.Written.Task;
    }

    // Writes all queued groups of an event. Never throws: a failure is passed to the callers that wait for their assets.
    private async Task WriteAllAsync(string partitionKey)
    {
        EventRow? row = null;
        while (true)
        {
            List<Entry> group = [];
            lock (_waiting)
            {
                var queue = _waiting[partitionKey];
                while (group.Count < events.AssetsInTransaction && queue.TryDequeue(out var entry))
                {
                    group.Add(entry);
                }

                if (group.Count == 0)
                {
                    _waiting.Remove(partitionKey);
                    return;
                }
            }

            try
            {
                row = await WriteGroupAsync(partitionKey, group, row);
            }
            catch (Exception exception)
            {
                row = null;
                group.ForEach(entry => entry.Written.TrySetException(exception));
            }
        }
    }

    /// <summary>Writes a group. Returns the event's row as written, for the next group; null if nothing was written.</summary>
    /// <param name="partitionKey">The event's partition.</param>
    /// <param name="group">The assets.</param>
    /// <param name="row">The event's row as the previous group wrote it; null to read it.</param>
    private async Task<EventRow?> WriteGroupAsync(string partitionKey, List<Entry> group, EventRow? row)
    {
        for (; ; row = null)
        {
            foreach (var cancelled in group.Where(entry => entry.CancellationToken.IsCancellationRequested))
            {
                cancelled.Written.TrySetCanceled(cancelled.CancellationToken);
            }

            group.RemoveAll(entry => entry.Written.Task.IsCompleted);
            if (group.Count == 0)
            {
                return row;
            }

            row ??= await events.FindAsync(partitionKey, CancellationToken.None)
                ?? throw new InvalidOperationException("An asset's event has no row.");
            row.AssetsStored += group.Sum(entry => entry.Change(AssetCount.Stored));
            row.AssetsFailed += group.Sum(entry => entry.Change(AssetCount.Failed));
            row.AssetsTotal += group.Sum(entry => entry.ChangeOfTotal);
            var ended = row.AssetsStored + row.AssetsFailed >= row.AssetsTotal;
            if (row.State != EventState.Received || ended)
            {
                row.WithStateFromCounts(clock.GetUtcNow());
            }

            var announced = await announcements.PrepareAsync(row, group.Select(entry => entry.Asset), CancellationToken.None);
            await index.AddEntriesAsync(row, CancellationToken.None);
            try
            {
                var answer = await storage.Events.SubmitTransactionAsync(
                    [.. group.Select(entry => EventStore.Replace(entry.Asset)), EventStore.Replace(row), .. announced.Actions]);

                // This comes before the assets' messages are completed, so that after a crash a redelivered message repeats it.
                await announcements.SendAsync(row, announced);
                await index.RemoveEntriesAsync(row);
                row.MarkPersisted(answer.Value[group.Count].Headers.ETag ?? default);
                for (var i = 0; i < group.Count; i++)
                {
                    group[i].Asset.ETag = answer.Value[i].Headers.ETag ?? default;
                    group[i].Written.TrySetResult(WriteResult.Written);
                }

                return row;
            }
            catch (TableTransactionFailedException exception) when (exception.Status is 412 or 404 or 409 && exception.FailedTransactionActionIndex is { } failed)
            {
                // Another worker changed an asset's row, or the event's row, which is then read again.
                if (failed < group.Count)
                {
                    Log.AssetChanged(logger, partitionKey, group[failed].Asset.RowKey);
                    group[failed].Written.TrySetResult(WriteResult.Changed);
                }
                else
                {
                    Log.EventChanged(logger, partitionKey, group.Count);
                }
            }
        }
    }

    private sealed record Entry(AssetRow Asset, AssetState Before, CancellationToken CancellationToken)
    {
        public TaskCompletionSource<WriteResult> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The change of the event's total: 1 if an asset that was only recorded is fetched after all.</summary>
        public int ChangeOfTotal => (Asset.State.IsInTotal() ? 1 : 0) - (Before.IsInTotal() ? 1 : 0);

        public int Change(AssetCount count) => Asset.State.Counts(count) - Before.Counts(count);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}, {Asset}: the final state was not written; another worker changed the row since it was read")]
        public static partial void AssetChanged(ILogger logger, string @event, string asset);

        [LoggerMessage(2, LogLevel.Debug, "Event {Event}: retrying the transaction for {Assets} assets; another worker changed its row since it was read")]
        public static partial void EventChanged(ILogger logger, string @event, int assets);
    }
}
