using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>
/// Table <c>WebhookEvents</c>: an event and its assets in one partition. Whatever writes an event's row keeps <see cref="EventIndex"/> too.
/// </summary>
public sealed class EventStore(StorageClients storage, EventIndex index)
{
    /// <summary>What one transaction holds, by the table service's limit.</summary>
    public const int TransactionSize = 100;

    private readonly TableClient _table = storage.Events;

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

    /// <summary>The assets of an event, by their numbers.</summary>
    public AsyncPageable<AssetRow> AssetsAsync(string partitionKey, CancellationToken cancellationToken) =>
        _table.QueryAsync<AssetRow>(AssetsOf(partitionKey), cancellationToken: cancellationToken);

    /// <summary>The same as rows of whatever columns they have.</summary>
    public AsyncPageable<TableEntity> AssetColumnsAsync(string partitionKey, CancellationToken cancellationToken) =>
        _table.QueryAsync<TableEntity>(AssetsOf(partitionKey), cancellationToken: cancellationToken);

    /// <summary>
    /// Inserts an event with its first assets, all or nothing. False where the event is there already, which is part of the normal course:
    /// duplicate detection filters bursts, this row is the truth. Otherwise the row carries its ETag.
    /// </summary>
    public async Task<bool> TryInsertAsync(EventRow row, IEnumerable<AssetRow> firstAssets, CancellationToken cancellationToken)
    {
        await index.AddEntriesAsync(row, cancellationToken);
        if (await TryAddAsync([new TableTransactionAction(TableTransactionActionType.Add, row.Entity), .. firstAssets.Select(Add)], cancellationToken)
            is not { } written)
        {
            return false;
        }

        row.MarkPersisted(written);
        return true;
    }

    /// <summary>
    /// Inserts a piece of an event's assets, all or nothing. False where the piece is there already: pieces are cut alike every time,
    /// so a piece whose first row is there is there whole.
    /// </summary>
    public async Task<bool> TryAddAssetsAsync(IEnumerable<AssetRow> assets, CancellationToken cancellationToken) =>
        await TryAddAsync([.. assets.Select(Add)], cancellationToken) is not null;

    /// <summary>Removes the assets of an event that were named before it was proven. Doing so again changes nothing.</summary>
    public Task RemoveUnconfirmedAssetsAsync(string partitionKey, CancellationToken cancellationToken) => _table.DeleteOfPartitionAsync(
        $"{AssetsOf(partitionKey)} and Assurance eq '{nameof(Assurance.Unconfirmed)}'",
        cancellationToken);

    /// <summary>
    /// Inserts a piece of further assets and counts them on the event's row, in one transaction.
    /// False where the piece is there already.
    /// </summary>
    public async Task<bool> TryExpandAsync(string partitionKey, IReadOnlyList<AssetRow> assets, DateTimeOffset now, CancellationToken cancellationToken)
    {
        while (true)
        {
            var row = await FindAsync(partitionKey, cancellationToken)
                ?? throw new InvalidOperationException("An asset's event has no row.");
            row.AssetsTotal += assets.Count(asset => asset.State != AssetState.Recorded);
            row.AssetsFailed += assets.Count(asset => asset.State == AssetState.Failed);
            row.Entity[nameof(EventRow.UpdatedAt)] = now;
            try
            {
                return await TryAddAsync([.. assets.Select(Add), Replace(row)], cancellationToken) is not null;
            }
            catch (TableTransactionFailedException conflict) when (conflict.Status == 412)
            {
                // Another asset of the event ended in between: count on top of what it wrote.
            }
        }
    }

    /// <summary>Writes an event's row; false where it was changed since it was read.</summary>
    public async Task<bool> TryUpdateAsync(EventRow row, CancellationToken cancellationToken)
    {
        await index.AddEntriesAsync(row, cancellationToken);
        ETag? written = null;
        if (!await UnlessChangedAsync(async () =>
            written = (await _table.UpdateEntityAsync(row.Entity, row.ETag, TableUpdateMode.Replace, cancellationToken)).Headers.ETag))
        {
            return false;
        }

        await index.RemoveEntriesAsync(row);
        row.MarkPersisted(written!.Value);
        return true;
    }

    /// <summary>
    /// Writes an asset's row where its end is not touched, which would change the event's counts too (see <see cref="AssetCompletionWriter"/>);
    /// false where it was changed since it was read. The row then carries its new ETag.
    /// </summary>
    public Task<bool> TryUpdateAsync(AssetRow row, CancellationToken cancellationToken) =>
        UnlessChangedAsync(async () => row.ETag = (await _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken)).Headers.ETag!.Value);

    private static string AssetsOf(string partitionKey) =>
        KeyRange.Of(partitionKey, AssetRow.Kind);

    internal static TableTransactionAction Replace(EventRow row) => new(TableTransactionActionType.UpdateReplace, row.Entity, row.ETag);

    internal static TableTransactionAction Replace(AssetRow row) => new(TableTransactionActionType.UpdateReplace, row, row.ETag);

    private static TableTransactionAction Add(AssetRow row) => new(TableTransactionActionType.Add, row);

    /// <summary>The ETag of the first of the rows; null where one of them is there already.</summary>
    private async Task<ETag?> TryAddAsync(IReadOnlyList<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        try
        {
            return (await _table.SubmitTransactionAsync(actions, cancellationToken)).Value[0].Headers.ETag;
        }
        catch (TableTransactionFailedException conflict) when (conflict.Status == 409)
        {
            return null;
        }
    }

    private static async Task<bool> UnlessChangedAsync(Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (RequestFailedException conflict) when (conflict.Status == 412)
        {
            return false;
        }
    }
}
