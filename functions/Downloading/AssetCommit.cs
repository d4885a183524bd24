namespace WebhookFunctions.Downloading;

/// <summary>The end of a download: a blob that is whole, that was written once, and whose hash stands beside it.</summary>
public sealed class AssetCommit(AssetBlobs blobs)
{
    /// <summary>Writes an asset that fits into one request.</summary>
    public async Task<AttemptEnd> PutAsync(string name, ReadOnlyMemory<byte> content, BlobDescription description, CancellationToken cancellationToken) =>
        await blobs.TryPutAsync(name, content, description, cancellationToken)
            ? await TakeAsync(description.Stored(name, content.Length), cancellationToken)
            : await LostAsync(name, cancellationToken);

    /// <summary>Commits the blocks that are staged.</summary>
    public async Task<AttemptEnd> CommitAsync(
        string name, IReadOnlyList<StagedBlock> blocks, BlobDescription description, CancellationToken cancellationToken) =>
        await blobs.TryCommitAsync(name, blocks, description, cancellationToken)
            ? await TakeAsync(description.Stored(name, blocks[^1].End), cancellationToken)
            : await LostAsync(name, cancellationToken);

    /// <summary>Takes a blob that is there: another webhook of the job, or an attempt that died after its commit, has brought it.</summary>
    public async Task<AttemptEnd> TakeAsync(StoredBlob there, CancellationToken cancellationToken) =>
        new AttemptEnd.Stored(there.Sha256 is null ? await blobs.SealAsync(there, cancellationToken) : there);

    // A worker that was faster has committed, and with that dropped what others had staged. Where there is no blob, the blocks were too old.
    private async Task<AttemptEnd> LostAsync(string name, CancellationToken cancellationToken) =>
        await blobs.GetAsync(name, cancellationToken) is { } there
            ? await TakeAsync(there, cancellationToken)
            : new AttemptEnd.Failed(new DownloadFailure(FailureReason.Broken, "What was staged is gone; the download starts over."));
}
