using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>The blobs of a job in container <c>assets</c>.</summary>
public sealed class JobBlobs(StorageClients storage, AssetNames names)
{
    /// <summary>
    /// Removes all of them, those that were staged and never committed too, and forgets which blob each asset has. Doing so again does no harm.
    /// </summary>
    public Task EraseAsync(string provider, string jobId, CancellationToken cancellationToken) => EraseAsync(provider, jobId, () => true, cancellationToken);

    /// <summary>As <see cref="EraseAsync(string, string, CancellationToken)"/>, as long as <paramref name="goOn"/> says so.</summary>
    /// <returns>How many were removed, and whether there are more.</returns>
    public async Task<(int Removed, bool More)> EraseAsync(string provider, string jobId, Func<bool> goOn, CancellationToken cancellationToken)
    {
        var count = 0;
        var blobs = storage.Assets.GetBlobsAsync(
            BlobTraits.None, BlobStates.Uncommitted, BlobNames.JobPrefix(provider, jobId), cancellationToken);
        await foreach (var item in blobs)
        {
            if (!goOn())
            {
                return (count, true);
            }

            var blob = storage.Assets.GetBlockBlobClient(item.Name);

            // Blocks that were staged and never committed would lie there for a week: to write the blob drops them.
            await blob.UploadAsync(Stream.Null, new BlobUploadOptions(), cancellationToken);
            await blob.DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);
            count++;
        }

        await names.ForgetAsync(provider, jobId, cancellationToken);
        return (count, false);
    }
}
