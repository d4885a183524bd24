using System.Buffers;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Downloading.Blobs;

/// <summary>Store of asset blobs, in container <c>assets</c>. A blob appears whole or not at all, and is overwritten only on an operator's
/// request.</summary>
public sealed class AssetBlobs(StorageClients storage)
{
    /// <summary>Metadata key of the SHA-256 of the blob's bytes, in lower-case hex. Set only once every byte was hashed.</summary>
    public const string Sha256Key = "sha256";

    /// <summary>
    /// Metadata key of the MD5 that the source declared, in base64, on a blob that was not read back yet. After a crash, another event's attempt may
    /// find the blob and has to compare the two.
    /// </summary>
    public const string SourceMd5Key = "sourcemd5";

    /// <summary>Returns the blob of that name; null if none was committed.</summary>
    public async Task<StoredBlob?> GetAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var properties = (await Blob(name).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return new StoredBlob(
                name, properties.ContentLength, properties.ContentType ?? "", properties.Metadata.TryGetValue(Sha256Key, out var sha256) ? sha256 : null,
                properties.ETag.ToString());
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Returns the blocks that earlier attempts staged under that name and did not commit.</summary>
    public async Task<IReadOnlyList<StagedBlock>> StagedAsync(string name, BlockIds ids, CancellationToken cancellationToken)
    {
        try
        {
            var list = (await Blob(name).GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: cancellationToken)).Value;
            return ids.Chain(list.UncommittedBlocks.Select(block => (block.Name, block.SizeLong)));
        }
        catch (RequestFailedException exception) when (exception.Status == 404 && exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return [];
        }
    }

    /// <summary>
    /// Stages a block. It carries no checksum of its own: TLS has one, and the MD5 of the whole is already the most expensive part of a download.
    /// </summary>
    public Task StageAsync(string name, StagedBlock block, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Blob(name).StageBlockAsync(block.Id, BinaryData.FromBytes(content).ToStream(), cancellationToken: cancellationToken);

    /// <summary>Writes a blob that fits into one request; the service compares its MD5.</summary>
    public Task<BlobWriteResult> PutAsync(string name, ReadOnlyMemory<byte> content, BlobDescription description, CancellationToken cancellationToken) =>
        UnlessConflictAsync(() => Blob(name).UploadAsync(
            BinaryData.FromBytes(content).ToStream(),
            new BlobUploadOptions
            {
                HttpHeaders = description.Headers(),
                Metadata = description.Metadata(),
                Conditions = Conditions(description),
                // The SDK writes in one request only below this size; from this size on, it stages blocks of its own.
                TransferOptions = new StorageTransferOptions { InitialTransferSize = content.Length + 1L },
                TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 },
            },
            cancellationToken));

    /// <summary>Commits the staged blocks.</summary>
    public Task<BlobWriteResult> CommitAsync(string name, IEnumerable<StagedBlock> blocks, BlobDescription description, CancellationToken cancellationToken) =>
        UnlessConflictAsync(() => Blob(name).CommitBlockListAsync(
            blocks.Select(block => block.Id),
            new CommitBlockListOptions
            {
                HttpHeaders = description.Headers(),
                Metadata = description.Metadata(),
                Conditions = Conditions(description),
            },
            cancellationToken));

    /// <summary>
    /// Reads a committed blob whole, compares it with the MD5 that its source declared, and sets its MD5 and SHA-256. This is for a blob whose
    /// blocks came from several processes, none of which hashed them all. If the MD5 differs, deletes the blob and returns null.
    /// </summary>
    /// <remarks>
    /// Two workers may do this at the same time. The second one uses the hash that the first one set.
    /// </remarks>
    public async Task<StoredBlob?> SealAsync(StoredBlob stored, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await SealOnceAsync(Blob(stored.Name), stored, cancellationToken);
            }
            catch (RequestFailedException exception) when (exception.Status == 412)
            {
                // The blob was changed since it was read.
            }
        }
    }

    private static async Task<StoredBlob?> SealOnceAsync(BlockBlobClient blob, StoredBlob stored, CancellationToken cancellationToken)
    {
        var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        if (properties.Metadata.TryGetValue(Sha256Key, out var known))
        {
            return stored with { Sha256 = known };
        }

        using var digest = new ContentDigest();
        var buffer = ArrayPool<byte>.Shared.Rent(ContentDigest.SliceBytes);
        try
        {
            // The SDK resumes a stream that breaks, with the ETag of the first answer as the condition.
            using var content = (await blob.DownloadStreamingAsync(
                new BlobDownloadOptions { Conditions = new BlobRequestConditions { IfMatch = properties.ETag } }, cancellationToken)).Value;
            for (int read; (read = await content.Content.ReadAsync(buffer.AsMemory(0, ContentDigest.SliceBytes), cancellationToken)) > 0;)
            {
                await digest.AppendAsync(buffer.AsMemory(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        var (sha256, md5) = digest.Finish();
        if (properties.Metadata.Remove(SourceMd5Key, out var expected) && expected != Convert.ToBase64String(md5))
        {
            await blob.DeleteIfExistsAsync(DeleteSnapshotsOption.None, new BlobRequestConditions { IfMatch = properties.ETag }, cancellationToken);
            return null;
        }

        var headersWritten = await blob.SetHttpHeadersAsync(
            new BlobHttpHeaders { ContentType = properties.ContentType, ContentEncoding = properties.ContentEncoding, ContentHash = md5 },
            new BlobRequestConditions { IfMatch = properties.ETag },
            cancellationToken);

        // Set last: a blob with a SHA-256 has all its other values.
        properties.Metadata[Sha256Key] = sha256;
        await blob.SetMetadataAsync(properties.Metadata, new BlobRequestConditions { IfMatch = headersWritten.Value.ETag }, cancellationToken);
        return stored with { Sha256 = sha256 };
    }

    /// <summary>Returns the content of a committed blob, as a stream that can be read once.</summary>
    public async Task<Stream> OpenAsync(string name, CancellationToken cancellationToken) =>
        await Blob(name).OpenReadAsync(new BlobOpenReadOptions(allowModifications: false), cancellationToken);

    private static BlobRequestConditions Conditions(BlobDescription description) => description.ReplacesETag is { } version
        ? new BlobRequestConditions { IfMatch = new ETag(version) }
        : new BlobRequestConditions { IfNoneMatch = ETag.All };

    private BlockBlobClient Blob(string name) => storage.Assets.GetBlockBlobClient(name);

    private static async Task<BlobWriteResult> UnlessConflictAsync(Func<Task> write)
    {
        try
        {
            await write();
            return BlobWriteResult.Written;
        }
        catch (RequestFailedException exception) when (ConflictOf(exception) is { } result)
        {
            return result;
        }
    }

    private static BlobWriteResult? ConflictOf(RequestFailedException exception) =>
        exception.ErrorCode == BlobErrorCode.BlobAlreadyExists ? BlobWriteResult.AlreadyExists
        : exception.ErrorCode == BlobErrorCode.ConditionNotMet ? BlobWriteResult.VersionChanged
        : exception.ErrorCode == BlobErrorCode.InvalidBlockList ? BlobWriteResult.BlocksGone
        : null;
}
