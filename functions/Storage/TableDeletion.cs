using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Storage;

/// <summary>Extension that deletes many rows.</summary>
internal static class TableDeletion
{
    /// <summary>Deletes the rows that match, in transactions. Idempotent, so a repetition completes what a crash interrupted.</summary>
    /// <param name="table">The table.</param>
    /// <param name="filter">The OData filter of the rows, all of one partition.</param>
    /// <param name="cancellationToken">Stops between two transactions.</param>
    public static async Task DeleteOfPartitionAsync(this TableClient table, string filter, CancellationToken cancellationToken)
    {
        var rows = table.QueryAsync<TableEntity>(
            filter,
            select: [nameof(TableEntity.PartitionKey), nameof(TableEntity.RowKey)],
            cancellationToken: cancellationToken);
        await foreach (var piece in rows.Chunk(EventStore.TransactionSize).WithCancellation(cancellationToken))
        {
            await table.SubmitTransactionAsync(
                piece.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All)), cancellationToken);
        }
    }
}
