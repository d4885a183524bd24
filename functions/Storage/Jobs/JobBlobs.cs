using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>The blobs of a job in container <c>assets</c>.</summary>
public sealed class JobBlobs(StorageClients storage, AssetNames names)
{
    /// <summary>
    /// Removes all of them, those that were staged and never committed too, and forgets which blob each asset has. Returns how many there were.
    /// Doing so again does no harm.
    /// </summary>
    public async Task<int> EraseAsync(string provider, string jobId, CancellationToken cancellationToken)
    {
        var count = 0;
        var blobs = storage.Assets.GetBlobsAsync(
            BlobTraits.None, BlobStates.Uncommitted, BlobNames.JobPrefix(provider, jobId), cancellationToken);
        await foreach (var item in blobs)
        {
            var blob = storage.Assets.GetBlockBlobClient(item.Name);

            // Blocks that were staged and never committed would lie there for a week: to write the blob drops them.
            await blob.UploadAsync(Stream.Null, new BlobUploadOptions(), cancellationToken);
            await blob.DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);
            count++;
        }

        await names.ForgetAsync(provider, jobId, cancellationToken);
        return count;
    }
}
