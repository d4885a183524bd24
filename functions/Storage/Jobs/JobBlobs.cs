using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>Blobs of a job in container <c>assets</c>, and their removal.</summary>
public sealed class JobBlobs(StorageClients storage, AssetNames names)
{
    /// <summary>
    /// Deletes all blobs of a job, including uncommitted ones, and removes the assets' blob names. Idempotent.
    /// </summary>
    public Task EraseAsync(string provider, string jobId, CancellationToken cancellationToken) => EraseAsync(provider, jobId, () => true, cancellationToken);

    /// <summary>Does the same as <see cref="EraseAsync(string, string, CancellationToken)"/>, as long as <paramref name="hasTime"/> returns
    /// true.</summary>
    /// <returns>The number of deleted blobs, and whether there are more.</returns>
    public async Task<(int Removed, bool More)> EraseAsync(string provider, string jobId, Func<bool> hasTime, CancellationToken cancellationToken)
    {
        var count = 0;
        var blobs = storage.Assets.GetBlobsAsync(
            BlobTraits.None, BlobStates.Uncommitted, BlobNames.JobPrefix(provider, jobId), cancellationToken);
        await foreach (var item in blobs)
        {
            if (!hasTime())
            {
                return (count, true);
            }

            var blob = storage.Assets.GetBlockBlobClient(item.Name);

            // Uncommitted blocks would stay for a week. Writing an empty blob discards them.
            await blob.UploadAsync(Stream.Null, new BlobUploadOptions(), cancellationToken);
            await blob.DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);
            count++;
        }

        await names.RemoveAllAsync(provider, jobId, cancellationToken);
        return (count, false);
    }
}
