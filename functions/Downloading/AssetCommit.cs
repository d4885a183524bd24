namespace WebhookFunctions.Downloading;

/// <summary>The end of a download: a blob that is whole, that was written once, and whose hash stands beside it.</summary>
public sealed class AssetCommit(AssetBlobs blobs)
{
    /// <summary>The bytes are not those that the source declared. What is staged of them is not to be gone on with.</summary>
    public static readonly AttemptEnd Corrupted = new AttemptEnd.Failed(
        new DownloadFailure(FailureReason.Corrupted, "The bytes do not have the length and hash that the source declared."));

    /// <summary>Writes an asset that fits into one request.</summary>
    public async Task<AttemptEnd> PutAsync(string name, ReadOnlyMemory<byte> content, BlobDescription description, CancellationToken cancellationToken) =>
        await blobs.TryPutAsync(name, content, description, cancellationToken)
            ? await TakeAsync(description.Stored(name, content.Length), cancellationToken)
            : await LostAsync(name, cancellationToken);

    /// <summary>Commits the blocks that are staged.</summary>
    public async Task<AttemptEnd> CommitAsync(
        string name, IReadOnlyList<StagedBlock> blocks, BlobDescription description, CancellationToken cancellationToken) =>
        await blobs.TryCommitAsync(name, blocks, description, cancellationToken)
            ? await CheckAsync(description.Stored(name, blocks[^1].End), description, cancellationToken)
            : await LostAsync(name, cancellationToken);

    /// <summary>Takes a blob that is there: another webhook of the job, or an attempt that died after its commit, has brought it.</summary>
    public async Task<AttemptEnd> TakeAsync(StoredBlob there, CancellationToken cancellationToken) =>
        new AttemptEnd.Stored(there.Sha256 is null ? (await blobs.SealAsync(there, cancellationToken)).Sealed : there);

    // Blocks that several processes staged: what none of them could compare is compared now.
    private async Task<AttemptEnd> CheckAsync(StoredBlob committed, BlobDescription description, CancellationToken cancellationToken)
    {
        if (committed.Sha256 is not null)
        {
            return new AttemptEnd.Stored(committed);
        }

        var (whole, md5) = await blobs.SealAsync(committed, cancellationToken);
        if (description.Matches(md5) && (description.ExpectedBytes is not { } expected || expected == whole.Bytes))
        {
            return new AttemptEnd.Stored(whole);
        }

        await blobs.DeleteAsync(committed.Name, cancellationToken);
        return Corrupted;
    }

    // A worker that was faster has committed, and with that dropped what others had staged. Where there is no blob, the blocks were too old.
    private async Task<AttemptEnd> LostAsync(string name, CancellationToken cancellationToken) =>
        await blobs.GetAsync(name, cancellationToken) is { } there
            ? await TakeAsync(there, cancellationToken)
            : new AttemptEnd.Failed(new DownloadFailure(FailureReason.Broken, "What was staged is gone; the download starts over."));
}
