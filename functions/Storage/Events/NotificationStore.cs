using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>
/// Store of the notification rows of table <c>WebhookEvents</c>. A notification's end and its event's count of pending notifications change in one
/// transaction.
/// </summary>
public sealed class NotificationStore(StorageClients storage, EventStore events, EventIndex index)
{
    private readonly TableClient _table = storage.Events;

    /// <summary>Returns the row with that key; null if there is none.</summary>
    public async Task<NotificationRow?> FindAsync(string partitionKey, string rowKey, CancellationToken cancellationToken)
    {
        var found = await _table.GetEntityIfExistsAsync<NotificationRow>(partitionKey, rowKey, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>Lists the notifications of an event.</summary>
    public AsyncPageable<NotificationRow> ListAsync(string partitionKey, CancellationToken cancellationToken) =>
        _table.QueryAsync<NotificationRow>(KeyRange.Filter(partitionKey, NotificationRow.Kind), cancellationToken: cancellationToken);

    /// <summary>Lists the notifications of an event with whatever columns their rows have.</summary>
    public AsyncPageable<TableEntity> ColumnsAsync(string partitionKey, CancellationToken cancellationToken) =>
        _table.QueryAsync<TableEntity>(KeyRange.Filter(partitionKey, NotificationRow.Kind), cancellationToken: cancellationToken);

    /// <summary>Writes a row whose state stays as it is, unless it was changed since it was read.</summary>
    public async Task<WriteResult> UpdateAsync(NotificationRow row, CancellationToken cancellationToken)
    {
        try
        {
            row.ETag = (await _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken)).Headers.ETag!.Value;
            return WriteResult.Written;
        }
        catch (RequestFailedException exception) when (exception.Status is 412 or 404)
        {
            return WriteResult.Changed;
        }
    }

    /// <summary>
    /// Changes the state of a notification, and its event's count of pending ones, in one transaction. If another worker changes a row first, it is
    /// read again.
    /// </summary>
    /// <param name="partitionKey">The event's partition.</param>
    /// <param name="rowKey">The notification's row.</param>
    /// <param name="change">Changes the row; returns false to leave it as it is.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <returns>The row as written; null if it was left unchanged or does not exist.</returns>
    public async Task<NotificationRow?> ChangeAsync(
        string partitionKey, string rowKey, Func<NotificationRow, bool> change, CancellationToken cancellationToken)
    {
        while (await FindAsync(partitionKey, rowKey, cancellationToken) is { } row
            && await events.FindAsync(partitionKey, cancellationToken) is { } eventRow)
        {
            var before = row.State;
            if (!change(row))
            {
                return null;
            }

            eventRow.ChangeNotificationsPending((row.State == NotificationState.Pending ? 1 : 0) - (before == NotificationState.Pending ? 1 : 0));
            await index.AddEntriesAsync(eventRow, cancellationToken);
            try
            {
                var answer = await _table.SubmitTransactionAsync(
                    [new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, row.ETag), EventStore.Replace(eventRow)], cancellationToken);
                row.ETag = answer.Value[0].Headers.ETag ?? default;
                await index.RemoveEntriesAsync(eventRow);
                return row;
            }
            catch (TableTransactionFailedException exception) when (exception.Status is 412 or 404)
            {
                // The notification of another target ended at the same time, or the event was reopened or erased.
            }
        }

        return null;
    }
}
