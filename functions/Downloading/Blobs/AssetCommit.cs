using Microsoft.Extensions.Logging;
using WebhookFunctions.Downloading.Leases;

namespace WebhookFunctions.Downloading.Blobs;

/// <summary>Committer of downloads that writes each blob whole and once, with its hash.</summary>
public sealed partial class AssetCommit(AssetBlobs blobs, ILogger<AssetCommit> logger)
{
    /// <summary>The result for bytes that do not match the hash that the source declared. The next attempt ignores the staged blocks.</summary>
    public static readonly DownloadResult Corrupted = new DownloadResult.Failed(
        new DownloadFailure(FailureReason.Corrupted, "The bytes do not have the hash that the source declared."));

    /// <summary>Writes an asset that fits into one request, under the blob name on the lease's row.</summary>
    public async Task<DownloadResult> PutAsync(
        AssetLease lease, ReadOnlyMemory<byte> content, BlobDescription description, CancellationToken cancellationToken)
    {
        var name = lease.Row.Blob!;
        var result = await blobs.PutAsync(name, content, description, cancellationToken);
        return result == BlobWriteResult.Written
            ? await AdoptAsync(description.Stored(name, content.Length), cancellationToken)
            : await AdoptOtherAsync(lease, name, result, cancellationToken);
    }

    /// <summary>Commits the staged blocks, under the blob name on the lease's row.</summary>
    public async Task<DownloadResult> CommitAsync(
        AssetLease lease, IReadOnlyList<StagedBlock> blocks, BlobDescription description, CancellationToken cancellationToken)
    {
        var name = lease.Row.Blob!;
        var result = await blobs.CommitAsync(name, blocks, description, cancellationToken);
        return result == BlobWriteResult.Written
            ? await AdoptAsync(description.Stored(name, blocks[^1].End), cancellationToken)
            : await AdoptOtherAsync(lease, name, result, cancellationToken);
    }

    /// <summary>
    /// Adopts an existing blob. This attempt committed it, or an earlier one that died after its commit, or another webhook of the job. A blob whose
    /// blocks came from several processes is first read back, because none of them hashed all its bytes.
    /// </summary>
    public async Task<DownloadResult> AdoptAsync(StoredBlob existing, CancellationToken cancellationToken) =>
        existing.Sha256 is not null ? new DownloadResult.Stored(existing)
        : await blobs.SealAsync(existing, cancellationToken) is { } whole ? new DownloadResult.Stored(whole)
        : Corrupted;

    // Another worker committed first, which discards all uncommitted blocks. If there is no blob, the blocks had expired.
    private async Task<DownloadResult> AdoptOtherAsync(AssetLease lease, string name, BlobWriteResult result, CancellationToken cancellationToken)
    {
        Log.NotWritten(logger, lease.Row.PartitionKey, lease.Row.RowKey, lease.Owner, name, result);
        return await blobs.GetAsync(name, cancellationToken) is { } existing
            ? await AdoptAsync(existing, cancellationToken)
            : new DownloadResult.Failed(new DownloadFailure(FailureReason.ConnectionLost, "The staged blocks no longer exist; the download starts over."));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}, {Asset}: {Owner} did not write {Blob} ({Result}); the existing blob is adopted")]
        public static partial void NotWritten(ILogger logger, string @event, string asset, string owner, string blob, BlobWriteResult result);
    }
}
