using Azure.Data.Tables;
using Azure.Storage.Blobs;

namespace WebhookFunctions.Storage;

/// <summary>Clients of the app's tables and containers.</summary>
public sealed class StorageClients(TableServiceClient tables, BlobServiceClient blobs)
{
    public TableClient Events { get; } = tables.GetTableClient(StorageNames.EventsTable);

    public TableClient Jobs { get; } = tables.GetTableClient(StorageNames.JobsTable);

    public TableClient Index { get; } = tables.GetTableClient(StorageNames.IndexTable);

    public BlobContainerClient Assets { get; } = blobs.GetBlobContainerClient(StorageNames.AssetsContainer);

    public BlobContainerClient RawEvents { get; } = blobs.GetBlobContainerClient(StorageNames.RawEventsContainer);
}
