using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>
/// Store of events and their assets, in table <c>WebhookEvents</c>, with one partition for each event. Every write of an event's row also updates
/// <see cref="EventIndex"/>.
/// </summary>
public sealed partial class EventStore(StorageClients storage, EventIndex index, EventAnnouncements announcements, ILogger<EventStore> logger)
{
    /// <summary>The maximum number of rows in a transaction, set by the table service.</summary>
    public const int TransactionSize = 100;

    private readonly TableClient _table = storage.Events;

    /// <summary>The number of assets that fit into a transaction that may end their event.</summary>
    public int AssetsInTransaction => TransactionSize - 1 - announcements.ReservedRows;

    public async Task<EventRow?> FindAsync(string partitionKey, CancellationToken cancellationToken)
    {
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(partitionKey, EventRow.Key, cancellationToken: cancellationToken);
        return found.HasValue ? new EventRow(found.Value!) : null;
    }

    public async Task<AssetRow?> FindAssetAsync(string partitionKey, string rowKey, CancellationToken cancellationToken)
    {
        var found = await _table.GetEntityIfExistsAsync<AssetRow>(partitionKey, rowKey, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>Lists the assets of an event, by number.</summary>
    public AsyncPageable<AssetRow> AssetsAsync(string partitionKey, CancellationToken cancellationToken) =>
        _table.QueryAsync<AssetRow>(AssetsOf(partitionKey), cancellationToken: cancellationToken);

    /// <summary>Lists the assets of an event with whatever columns their rows have.</summary>
    public AsyncPageable<TableEntity> AssetColumnsAsync(string partitionKey, CancellationToken cancellationToken) =>
        _table.QueryAsync<TableEntity>(AssetsOf(partitionKey), cancellationToken: cancellationToken);

    /// <summary>Lists the first assets of an event whose last attempt failed, by number.</summary>
    /// <param name="partitionKey">The event.</param>
    /// <param name="maxCount">The maximum number of assets.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public IAsyncEnumerable<AssetRow> FailingAssetsAsync(string partitionKey, int maxCount, CancellationToken cancellationToken) => _table
        .QueryAsync<AssetRow>(
            $"{AssetsOf(partitionKey)} and (State eq '{nameof(AssetState.Failed)}' or State eq '{nameof(AssetState.Retrying)}')",
            maxPerPage: maxCount,
            cancellationToken: cancellationToken)
        .Take(maxCount);

    /// <summary>Lists the rows of an event and its assets, with whatever columns they have.</summary>
    public AsyncPageable<TableEntity> RowsAsync(string partitionKey, CancellationToken cancellationToken) =>
        _table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {partitionKey}"), cancellationToken: cancellationToken);

    /// <summary>
    /// Inserts an event with its first assets, all or nothing. <see cref="WriteResult.AlreadyExists"/> is an expected result: duplicate detection
    /// only filters bursts, and this row decides. After <see cref="WriteResult.Written"/> the rows carry their ETags.
    /// </summary>
    /// <param name="row">The event.</param>
    /// <param name="firstAssets">As many assets as fit into the transaction.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <param name="alongside">Other writes that must complete before these rows are written, like those of the index.</param>
    public async Task<WriteResult> InsertAsync(
        EventRow row, IReadOnlyList<AssetRow> firstAssets, CancellationToken cancellationToken, Task? alongside = null)
    {
        var announced = await announcements.PrepareAsync(row, firstAssets, cancellationToken);
        await Task.WhenAll(index.AddEntriesAsync(row, cancellationToken), alongside ?? Task.CompletedTask);
        List<TableTransactionAction> actions =
            [new(TableTransactionActionType.Add, row.Entity), .. firstAssets.Select(Add), .. announced.Actions];
        if (await TryAddAsync(actions, cancellationToken) is not { } written)
        {
            Log.Exists(logger, row.PartitionKey);
            return WriteResult.AlreadyExists;
        }

        row.MarkPersisted(written[0]);
        foreach (var (asset, etag) in firstAssets.Zip(written.Skip(1)))
        {
            asset.ETag = etag;
        }

        await announcements.SendAsync(row, announced);
        return WriteResult.Written;
    }

    /// <summary>
    /// Inserts a batch of an event's assets, all or nothing. If some of them exist, inserts the others.
    /// </summary>
    /// <returns><see cref="WriteResult.AlreadyExists"/> if all of them existed.</returns>
    public async Task<WriteResult> AddAssetsAsync(IReadOnlyList<AssetRow> assets, CancellationToken cancellationToken)
    {
        for (var missing = assets; missing.Count > 0; missing = await MissingAsync(assets, cancellationToken))
        {
            if (await TryAddAsync([.. missing.Select(Add)], cancellationToken) is not null)
            {
                return WriteResult.Written;
            }

            Log.PieceExists(logger, assets[0].PartitionKey, assets[0].RowKey);
        }

        return WriteResult.AlreadyExists;
    }

    /// <summary>Removes the assets that an event named before it was proven. Idempotent.</summary>
    public Task RemoveUnconfirmedAssetsAsync(string partitionKey, CancellationToken cancellationToken) => _table.DeleteOfPartitionAsync(
        $"{AssetsOf(partitionKey)} and Assurance eq '{nameof(Assurance.Unconfirmed)}'",
        cancellationToken);

    /// <summary>
    /// Inserts a batch of further assets and counts them on the event's row, in one transaction. If some of them exist, because a manifest has grown
    /// since, inserts and counts the others.
    /// </summary>
    /// <returns><see cref="WriteResult.AlreadyExists"/> if all of them existed.</returns>
    public async Task<WriteResult> ExpandAsync(string partitionKey, IReadOnlyList<AssetRow> assets, DateTimeOffset now, CancellationToken cancellationToken)
    {
        for (var missing = assets; missing.Count > 0;)
        {
            var row = await FindAsync(partitionKey, cancellationToken)
                ?? throw new InvalidOperationException("An asset's event has no row.");
            row.AssetsTotal += missing.Count(asset => asset.State.IsInTotal());
            row.AssetsFailed += missing.Sum(asset => asset.State.Counts(AssetCount.Failed));
            row.Entity[nameof(EventRow.UpdatedAt)] = now;
            try
            {
                if (await TryAddAsync([.. missing.Select(Add), Replace(row)], cancellationToken) is not null)
                {
                    return WriteResult.Written;
                }

                Log.PieceExists(logger, partitionKey, assets[0].RowKey);
                missing = await MissingAsync(assets, cancellationToken);
            }
            catch (TableTransactionFailedException exception) when (exception.Status == 412)
            {
                // Another asset of the event ended in between. Read the row again and add to its counts.
                Log.Changed(logger, partitionKey);
            }
        }

        return WriteResult.AlreadyExists;
    }

    /// <summary>Writes an event's row, unless it was changed since it was read.</summary>
    public async Task<WriteResult> UpdateAsync(EventRow row, CancellationToken cancellationToken)
    {
        var announced = await announcements.PrepareAsync(row, [], cancellationToken);
        await index.AddEntriesAsync(row, cancellationToken);
        ETag? written = null;
        var result = await UnlessChangedAsync(async () => written = announced.Added.Count == 0
            ? (await _table.UpdateEntityAsync(row.Entity, row.ETag, TableUpdateMode.Replace, cancellationToken)).Headers.ETag
            : (await _table.SubmitTransactionAsync([Replace(row), .. announced.Actions], cancellationToken)).Value[0].Headers.ETag);
        if (result != WriteResult.Written)
        {
            Log.Changed(logger, row.PartitionKey);
            return result;
        }

        await index.RemoveEntriesAsync(row);
        row.MarkPersisted(written!.Value);
        await announcements.SendAsync(row, announced);
        return result;
    }

    /// <summary>
    /// Writes an asset's row, unless it was changed since it was read. An asset's end is written by <see cref="AssetCompletionWriter"/> instead,
    /// because it changes the event's counts too. The row then carries its new ETag.
    /// </summary>
    public async Task<WriteResult> UpdateAsync(AssetRow row, CancellationToken cancellationToken)
    {
        var result = await UnlessChangedAsync(async () =>
            row.ETag = (await _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken)).Headers.ETag!.Value);
        if (result != WriteResult.Written)
        {
            Log.AssetChanged(logger, row.PartitionKey, row.RowKey, row.LeaseOwner);
        }

        return result;
    }

    /// <summary>
    /// Records on an asset's row why it waits, and until when, if that is known (see <see cref="AssetRow.TryRecordWait"/>). If another worker changes
    /// the row in between, it holds newer information and stays as it is.
    /// </summary>
    public async Task RecordWaitAsync(
        string partitionKey, string rowKey, int attempt, string reason, DateTimeOffset? until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await FindAssetAsync(partitionKey, rowKey, cancellationToken) is { } row && row.TryRecordWait(attempt, reason, until, now))
        {
            await UpdateAsync(row, cancellationToken);
        }
    }

    /// <summary>Deletes an event's row, unless it was changed since it was read. Returns whether it is gone.</summary>
    public async Task<bool> TryDeleteAsync(EventRow row, CancellationToken cancellationToken) => await UnlessChangedAsync(
        () => _table.DeleteEntityAsync(row.PartitionKey, EventRow.Key, row.ETag, cancellationToken)) == WriteResult.Written;

    private static string AssetsOf(string partitionKey) =>
        KeyRange.Filter(partitionKey, AssetRow.Kind);

    internal static TableTransactionAction Replace(EventRow row) => new(TableTransactionActionType.UpdateReplace, row.Entity, row.ETag);

    internal static TableTransactionAction Replace(AssetRow row) => new(TableTransactionActionType.UpdateReplace, row, row.ETag);

    private static TableTransactionAction Add(AssetRow row) => new(TableTransactionActionType.Add, row);

    /// <summary>Returns those of a batch of assets, sorted by key, that have no row.</summary>
    private async Task<IReadOnlyList<AssetRow>> MissingAsync(IReadOnlyList<AssetRow> assets, CancellationToken cancellationToken)
    {
        var (first, last) = (assets[0].RowKey, assets[^1].RowKey);
        var existing = await _table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {assets[0].PartitionKey} and RowKey ge {first} and RowKey le {last}"),
                select: [nameof(TableEntity.RowKey)],
                cancellationToken: cancellationToken)
            .Select(row => row.RowKey)
            .ToHashSetAsync(StringComparer.Ordinal, cancellationToken);
        return [.. assets.Where(asset => !existing.Contains(asset.RowKey))];
    }

    /// <summary>Returns the ETags of the rows, or null if one of them exists already.</summary>
    private async Task<IReadOnlyList<ETag>?> TryAddAsync(IReadOnlyList<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _table.SubmitTransactionAsync(actions, cancellationToken);
            return [.. answer.Value.Select(part => part.Headers.ETag ?? default)];
        }
        catch (TableTransactionFailedException exception) when (exception.Status == 409)
        {
            return null;
        }
    }

    private static async Task<WriteResult> UnlessChangedAsync(Func<Task> write)
    {
        try
        {
            await write();
            return WriteResult.Written;
        }
        catch (RequestFailedException exception) when (exception.Status is 412 or 404 or 409)
        {
            // The row was changed or erased. A 409 means that another worker has announced the event's end.
            return WriteResult.Changed;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}: not inserted; another delivery has inserted its row")]
        public static partial void Exists(ILogger logger, string @event);

        [LoggerMessage(2, LogLevel.Debug, "Event {Event}, {Asset} and later ones: another delivery has inserted some of them")]
        public static partial void PieceExists(ILogger logger, string @event, string asset);

        [LoggerMessage(3, LogLevel.Debug, "Event {Event}: not written; another worker changed its row since it was read")]
        public static partial void Changed(ILogger logger, string @event);

        [LoggerMessage(4, LogLevel.Debug, "Event {Event}, {Asset}: not written by {Owner}; another worker changed its row since it was read")]
        public static partial void AssetChanged(ILogger logger, string @event, string asset, string? owner);
    }
}
