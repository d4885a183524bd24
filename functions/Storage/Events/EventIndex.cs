using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Model;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Storage.Events;

/// <summary>
/// Index of events by their time of receipt, in table <c>UnfinishedEvents</c>, which lists them without a scan over all events. There are three
/// lists: <c>unfinished</c>, <c>failed</c> and <c>recent</c>. Each is sharded by the event's hash, and the last also by day. Entries are added
/// before, and removed after, the change of the event's row. A crash can leave a stale entry, never a missing one, so a reader checks the event
/// itself.
/// </summary>
/// <remarks>
/// <see cref="EventIndexKeys.Shards"/> says why there are shards, and how many. A reader asks all shards at once and merges the answers. That is one
/// request for each shard, and another for each thousand further entries of a shard. The recent events need one more if the page's first day does
/// not fill it. A single list by time of receipt would not do: a reader of unfinished events would have to scan the finished ones.
/// </remarks>
public sealed partial class EventIndex(StorageClients storage, ILogger<EventIndex> logger)
{
    /// <summary>How far back the list of recent events is read. Its entries stay as long as their events' rows, because the removal of old events
    /// finds the rows by them.</summary>
    public static readonly TimeSpan RecentPeriod = TimeSpan.FromDays(30);

    private readonly TableClient _table = storage.Index;

    /// <summary>Adds the entries of an event for the row that is about to be written.</summary>
    public Task AddEntriesAsync(EventRow row, CancellationToken cancellationToken)
    {
        List<Task> writes = [];
        if (row.PersistedState is null)
        {
            writes.Add(AddEntriesAsync(EventIndexKeys.RecentOf(EventIndexKeys.ShardOf(row.PartitionKey), row.ReceivedAt), row, 0, cancellationToken));
        }

        if (!row.IsFinished && row.PersistedIsFinished is not false)
        {
            writes.Add(AddEntriesAsync(PartitionOf(EventIndexKeys.Unfinished, row.PartitionKey), row, row.Reopenings, cancellationToken));
        }

        if (row.HasFailed && row.PersistedState?.HasFailed() is not true)
        {
            writes.Add(AddEntriesAsync(PartitionOf(EventIndexKeys.Failed, row.PartitionKey), row, row.Reopenings, cancellationToken));
        }

        return Task.WhenAll(writes);
    }

    /// <summary>
    /// Removes an event's entries that no longer match its row, which has just been written. Never throws a storage error: the sweep removes the
    /// entries that are left.
    /// </summary>
    public async Task RemoveEntriesAsync(EventRow row)
    {
        try
        {
            if (row.IsFinished && row.PersistedIsFinished is false)
            {
                await RemoveEntriesAsync(PartitionOf(EventIndexKeys.Unfinished, row.PartitionKey), row, row.Reopenings);
            }

            if (row.PersistedState?.HasFailed() is true && !row.HasFailed)
            {
                await RemoveEntriesAsync(PartitionOf(EventIndexKeys.Failed, row.PartitionKey), row, row.IsFinal ? row.Reopenings : row.Reopenings - 1);
            }
        }
        catch (Exception exception) when (exception is RequestFailedException || StorageErrors.IsTransient(exception))
        {
            // The event's row is already written. An exception here would make the caller believe that it was not.
            Log.RowLeft(logger, row.PartitionKey, LoggedException.From(exception));
        }
    }

    /// <summary>Lists events that have not ended, newest first.</summary>
    /// <param name="since">Only events that were received at or after this.</param>
    /// <param name="until">Only events that were received before this.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public IAsyncEnumerable<EventIndexEntry> UnfinishedAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken) =>
        UnfinishedAsync(since, until, after: null, cancellationToken);

    /// <summary>Lists events that have not ended, newest first.</summary>
    /// <param name="since">Only events that were received at or after this.</param>
    /// <param name="until">Only events that were received before this.</param>
    /// <param name="after">Only events after the one with this first row key (see <see cref="EventIndexKeys"/>); null for all.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public IAsyncEnumerable<EventIndexEntry> UnfinishedAsync(
        DateTimeOffset since, DateTimeOffset until, string? after, CancellationToken cancellationToken) =>
        ListAsync(EventIndexKeys.Unfinished, since, until, after, cancellationToken);

    /// <summary>Lists events that failed, or some of whose assets did, newest first.</summary>
    /// <inheritdoc cref="UnfinishedAsync(DateTimeOffset, DateTimeOffset, CancellationToken)" path="/param"/>
    public IAsyncEnumerable<EventIndexEntry> FailedAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken) =>
        FailedAsync(since, until, after: null, cancellationToken);

    /// <summary>Lists events that failed, or some of whose assets did, newest first.</summary>
    /// <inheritdoc cref="UnfinishedAsync(DateTimeOffset, DateTimeOffset, string, CancellationToken)" path="/param"/>
    public IAsyncEnumerable<EventIndexEntry> FailedAsync(
        DateTimeOffset since, DateTimeOffset until, string? after, CancellationToken cancellationToken) =>
        ListAsync(EventIndexKeys.Failed, since, until, after, cancellationToken);

    /// <summary>All events, ended or not, the newest first; nothing that was received longer than <see cref="RecentPeriod"/> before <paramref name="until"/>.</summary>
    /// <inheritdoc cref="UnfinishedAsync(DateTimeOffset, DateTimeOffset, CancellationToken)" path="/param"/>
    public IAsyncEnumerable<EventIndexEntry> RecentAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken) =>
        RecentAsync(since, until, after: null, cancellationToken);

    /// <summary>All events, ended or not, the newest first; nothing that was received longer than <see cref="RecentPeriod"/> before <paramref name="until"/>.</summary>
    /// <inheritdoc cref="UnfinishedAsync(DateTimeOffset, DateTimeOffset, string, CancellationToken)" path="/param"/>
    public IAsyncEnumerable<EventIndexEntry> RecentAsync(
        DateTimeOffset since, DateTimeOffset until, string? after, CancellationToken cancellationToken)
    {
        var oldest = until.UtcTicks > RecentPeriod.Ticks ? until - RecentPeriod : DateTimeOffset.MinValue;
        since = since > oldest ? since : oldest;
        var (first, end) = Between(since, until, after);

        // For a later page only the day matters. Other events may have been received at the very time of the last entry of the previous page.
        var newest = after is not null && EventIndexKeys.ReceivedAtOf(after) is { } time && time < until ? time : until;
        return MergeAsync(shard => RecentAsync(shard, since, newest, first, end, cancellationToken), cancellationToken);
    }

    /// <summary>Lists all events that were received before <paramref name="until"/>, newest first, without a limit to their age.</summary>
    public IAsyncEnumerable<EventIndexEntry> BeforeAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        var (first, end) = Between(DateTimeOffset.MinValue, until, after: null);
        return MergeAsync(shard => RecentAsync(shard, DateTimeOffset.MinValue, until, first, end, cancellationToken), cancellationToken);
    }

    /// <summary>Records when the sweep should next check an event. If the entry no longer exists, the event has ended.</summary>
    public async Task PostponeAsync(EventIndexEntry entry, DateTimeOffset at, CancellationToken cancellationToken)
    {
        entry.NextCheckAt = at;
        try
        {
            await _table.UpdateEntityAsync(entry, ETag.All, TableUpdateMode.Replace, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            // The event has ended in between.
        }
    }

    /// <summary>Removes an entry whose event no longer belongs to its list. An entry that was added again since it was read stays: its event's row is about
    /// to be written.</summary>
    public async Task RemoveAsync(EventIndexEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await _table.DeleteEntityAsync(entry.PartitionKey, entry.RowKey, entry.ETag, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            // The next reader of the list judges it again.
        }
    }

    /// <summary>Removes every entry of an event, including those that a crash left behind.</summary>
    public async Task RemoveAllAsync(string @event, DateTimeOffset receivedAt, CancellationToken cancellationToken)
    {
        var first = EventIndexKeys.RowKeyOf(@event, receivedAt, 0);
        foreach (var list in (string[])
        [
            PartitionOf(EventIndexKeys.Unfinished, @event),
            PartitionOf(EventIndexKeys.Failed, @event),
            EventIndexKeys.RecentOf(EventIndexKeys.ShardOf(@event), receivedAt),
        ])
        {
            var rows = _table.QueryAsync<EventIndexEntry>(
                TableClient.CreateQueryFilter($"PartitionKey eq {list} and RowKey ge {first} and RowKey lt {KeyRange.After(first)}"),
                cancellationToken: cancellationToken);
            await foreach (var row in rows)
            {
                await _table.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, cancellationToken);
            }
        }
    }

    private async Task AddEntriesAsync(string list, EventRow row, int reopenings, CancellationToken cancellationToken) => await _table.UpsertEntityAsync(
        new EventIndexEntry
        {
            PartitionKey = list,
            RowKey = EventIndexKeys.RowKeyOf(row.PartitionKey, row.ReceivedAt, reopenings),
            Event = row.PartitionKey,
            JobId = row.IsInterpreted ? row.JobId : null,
            ReceivedAt = row.ReceivedAt,
        },
        TableUpdateMode.Replace,
        cancellationToken);

    private async Task RemoveEntriesAsync(string list, EventRow row, int reopenings) =>
        await _table.DeleteEntityAsync(list, EventIndexKeys.RowKeyOf(row.PartitionKey, row.ReceivedAt, reopenings), ETag.All, CancellationToken.None);

    private static string PartitionOf(string list, string @event) => EventIndexKeys.PartitionOf(list, EventIndexKeys.ShardOf(@event));

    private IAsyncEnumerable<EventIndexEntry> ListAsync(
        string list, DateTimeOffset since, DateTimeOffset until, string? after, CancellationToken cancellationToken)
    {
        var (first, end) = Between(since, until, after);
        return MergeAsync(
            shard => QueryAsync(
                TableClient.CreateQueryFilter($"PartitionKey eq {EventIndexKeys.PartitionOf(list, shard)} and RowKey gt {first} and RowKey lt {end}"),
                cancellationToken),
            cancellationToken);
    }

    /// <summary>
    /// Lists a shard of the recent events. The newest day is queried by partition and row keys, and all older days by partition keys alone. For a
    /// range over both keys, the table service scans every newer row of the day on each page.
    /// </summary>
    private async IAsyncEnumerable<EventIndexEntry> RecentAsync(
        int shard, DateTimeOffset since, DateTimeOffset until, string first, string end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (newest, oldest) = (EventIndexKeys.RecentOf(shard, until), EventIndexKeys.RecentOf(shard, since));
        await foreach (var entry in QueryAsync(
            TableClient.CreateQueryFilter($"PartitionKey eq {newest} and RowKey gt {first} and RowKey lt {end}"), cancellationToken))
        {
            yield return entry;
        }

        if (newest == oldest)
        {
            yield break;
        }

        await foreach (var entry in QueryAsync(
            TableClient.CreateQueryFilter($"PartitionKey gt {newest} and PartitionKey le {oldest}"), cancellationToken))
        {
            if (string.CompareOrdinal(entry.RowKey, end) >= 0)
            {
                yield break;
            }

            yield return entry;
        }
    }

    private AsyncPageable<EventIndexEntry> QueryAsync(string filter, CancellationToken cancellationToken) =>
        _table.QueryAsync<EventIndexEntry>(filter, cancellationToken: cancellationToken);

    /// <summary>Merges the shards of a list, each sorted newest first, into one list sorted newest first.</summary>
    private static async IAsyncEnumerable<EventIndexEntry> MergeAsync(
        Func<int, IAsyncEnumerable<EventIndexEntry>> shardOf, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var shards = Enumerable.Range(0, EventIndexKeys.Shards).Select(shard => shardOf(shard).GetAsyncEnumerator(cancellationToken)).ToList();
        try
        {
            var heads = new PriorityQueue<IAsyncEnumerator<EventIndexEntry>, string>(StringComparer.Ordinal);
            var found = await Task.WhenAll(shards.Select(shard => shard.MoveNextAsync().AsTask()));
            foreach (var (shard, _) in shards.Zip(found).Where(shard => shard.Second))
            {
                heads.Enqueue(shard, shard.Current.RowKey);
            }

            while (heads.TryDequeue(out var shard, out _))
            {
                yield return shard.Current;
                if (await shard.MoveNextAsync())
                {
                    heads.Enqueue(shard, shard.Current.RowKey);
                }
            }
        }
        finally
        {
            foreach (var shard in shards)
            {
                await shard.DisposeAsync();
            }
        }
    }

    // Row keys contain the whole time of receipt, so one range serves all days' partitions.
    private static (string First, string End) Between(DateTimeOffset since, DateTimeOffset until, string? after)
    {
        var (first, end) = (KeyRange.After(EventIndexKeys.Inverted(until)), KeyRange.After(EventIndexKeys.Inverted(since)));
        return (after is not null && string.CompareOrdinal(KeyRange.After(after), first) > 0 ? KeyRange.After(after) : first, end);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}: cannot remove its stale index entries; the sweep removes them")]
        public static partial void RowLeft(ILogger logger, string @event, LoggedException exception);
    }
}
