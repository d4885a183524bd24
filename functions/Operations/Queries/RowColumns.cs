using Azure.Data.Tables;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Columns of a row, without those that the table service adds, for an answer.</summary>
internal static class RowColumns
{
    public static Dictionary<string, object?> Read(TableEntity row) => row
        .Where(column => column.Key is not ("odata.etag" or nameof(ITableEntity.Timestamp)))
        .ToDictionary(column => column.Key, object? (column) => column.Value);
}
