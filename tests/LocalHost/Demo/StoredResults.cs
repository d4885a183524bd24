using System.Security.Cryptography;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;

namespace LocalHost.Demo;

/// <summary>Reader of the results that the app has written.</summary>
internal sealed class StoredResults(StorageClients storage, EventStore events, JobStore jobs)
{
    /// <summary>Returns the row of the event with that id in that space; null if there is none yet.</summary>
    public Task<EventRow?> FindEventAsync(string space, string webhookId, CancellationToken cancellationToken) =>
        events.FindAsync(EventKey.Create(space, webhookId).PartitionKey, cancellationToken);

    /// <summary>Returns the row of a job; null if there is none.</summary>
    public Task<TableEntity?> FindJobAsync(string provider, string jobId, CancellationToken cancellationToken) =>
        jobs.FindAsync(provider, jobId, cancellationToken);

    /// <summary>Returns the total number of events.</summary>
    public async Task<int> CountEventsAsync(CancellationToken cancellationToken) =>
        await storage.Events
            .QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"RowKey eq {EventRow.Key}"), select: [nameof(TableEntity.RowKey)], cancellationToken: cancellationToken)
            .CountAsync(cancellationToken);

    /// <summary>Returns the asset rows of an event.</summary>
    public async Task<IReadOnlyList<AssetRow>> AssetsAsync(EventRow row, CancellationToken cancellationToken) =>
        await events.AssetsAsync(row.PartitionKey, cancellationToken).ToListAsync(cancellationToken);

    /// <summary>Returns the SHA-256 of the content of an asset's blob, in hex; null if the blob does not exist.</summary>
    public Task<string?> HashAsync(string? blob, CancellationToken cancellationToken) => HashAsync(storage.Assets, blob, cancellationToken);

    /// <summary>Returns the same as <see cref="HashAsync(string, CancellationToken)"/> for the stored body of an event.</summary>
    public Task<string?> BodyHashAsync(EventRow row, CancellationToken cancellationToken) => HashAsync(storage.RawEvents, row.RawBlob, cancellationToken);

    private static async Task<string?> HashAsync(BlobContainerClient container, string? blob, CancellationToken cancellationToken)
    {
        if (blob is null || container.GetBlobClient(blob) is not { } client || !await client.ExistsAsync(cancellationToken))
        {
            return null;
        }

        await using var content = await client.OpenReadAsync(cancellationToken: cancellationToken);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
    }
}
