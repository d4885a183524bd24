namespace WebhookFunctions.Downloading.Blobs;

/// <summary>The end of a download: a blob that is whole, that was written once, and whose hash stands beside it.</summary>
public sealed class AssetCommit(AssetBlobs blobs)
{
    /// <summary>The bytes are not those that the source declared. What is staged of them is not to be gone on with.</summary>
    public static readonly DownloadResult Corrupted = new DownloadResult.Failed(
        new DownloadFailure(FailureReason.Corrupted, "The bytes do not have the hash that the source declared."));

    /// <summary>Writes an asset that fits into one request.</summary>
    public async Task<DownloadResult> PutAsync(string name, ReadOnlyMemory<byte> content, BlobDescription description, CancellationToken cancellationToken) =>
        await blobs.TryPutAsync(name, content, description, cancellationToken)
            ? await AdoptAsync(description.Stored(name, content.Length), cancellationToken)
            : await LostAsync(name, cancellationToken);

    /// <summary>Commits the blocks that are staged.</summary>
    public async Task<DownloadResult> CommitAsync(
        string name, IReadOnlyList<StagedBlock> blocks, BlobDescription description, CancellationToken cancellationToken) =>
        await blobs.TryCommitAsync(name, blocks, description, cancellationToken)
            ? await AdoptAsync(description.Stored(name, blocks[^1].End), cancellationToken)
            : await LostAsync(name, cancellationToken);

    /// <summary>
    /// Takes a blob that is there: this attempt has committed it, or one that died after its commit, or another webhook of the job has brought it.
    /// One whose blocks several processes staged is read back first: what none of them could compare is compared now.
    /// </summary>
    public async Task<DownloadResult> AdoptAsync(StoredBlob there, CancellationToken cancellationToken) =>
        there.Sha256 is not null ? new DownloadResult.Stored(there)
        : await blobs.SealAsync(there, cancellationToken) is { } whole ? new DownloadResult.Stored(whole)
        : Corrupted;

    // A worker that was faster has committed, and with that dropped what others had staged. Where there is no blob, the blocks were too old.
    private async Task<DownloadResult> LostAsync(string name, CancellationToken cancellationToken) =>
        await blobs.GetAsync(name, cancellationToken) is { } there
            ? await AdoptAsync(there, cancellationToken)
            : new DownloadResult.Failed(new DownloadFailure(FailureReason.Broken, "What was staged is gone; the download starts over."));
}
