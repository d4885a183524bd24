using Azure.Data.Tables;

namespace WebhookFunctions.Operations.Queries;

/// <summary>The columns of a row as an answer shows them: without those that the table service adds.</summary>
internal static class RowColumns
{
    public static Dictionary<string, object?> Of(TableEntity row) => row
        .Where(column => column.Key is not ("odata.etag" or nameof(ITableEntity.Timestamp)))
        .ToDictionary(column => column.Key, object? (column) => column.Value);
}
