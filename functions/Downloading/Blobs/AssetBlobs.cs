using System.Buffers;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Downloading.Blobs;

/// <summary>Container <c>assets</c>: a blob appears whole or not at all, and is written again only where an operator asks for it.</summary>
public sealed class AssetBlobs(StorageClients storage)
{
    /// <summary>Metadata: what the blob's bytes hash to, in lower-case hex. There only once every byte was seen.</summary>
    public const string Sha256Key = "sha256";

    /// <summary>
    /// Metadata: the MD5 that the source declared, in base64, on a blob that was not read back yet. It is kept with the blob, because another event's
    /// attempt may find the blob after a crash and compare the two.
    /// </summary>
    public const string SourceMd5Key = "sourcemd5";

    /// <summary>The blob of that name; null where none was committed.</summary>
    public async Task<StoredBlob?> GetAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var properties = (await Blob(name).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return new StoredBlob(
                name, properties.ContentLength, properties.ContentType ?? "", properties.Metadata.TryGetValue(Sha256Key, out var sha256) ? sha256 : null,
                properties.ETag.ToString());
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
    }

    /// <summary>What earlier attempts staged under that name and never committed.</summary>
    public async Task<IReadOnlyList<StagedBlock>> StagedAsync(string name, BlockIds ids, CancellationToken cancellationToken)
    {
        try
        {
            var list = (await Blob(name).GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: cancellationToken)).Value;
            return ids.Chain(list.UncommittedBlocks.Select(block => (block.Name, block.SizeLong)));
        }
        catch (RequestFailedException missing) when (missing.Status == 404 && missing.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return [];
        }
    }

    /// <summary>
    /// Stages a block. Without a checksum of its own: the connection's TLS has one, and the MD5 of the whole is the dearest part of a download already.
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
                // Only below this size does the SDK write in one request; at it, it stages blocks of its own.
                TransferOptions = new StorageTransferOptions { InitialTransferSize = content.Length + 1L },
                TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 },
            },
            cancellationToken));

    /// <summary>Commits what was staged.</summary>
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
    /// Reads a committed blob from end to end, compares it with the MD5 that its source declared, and sets its MD5 and SHA-256. This is for a blob
    /// whose blocks came from several processes, none of which saw them all. What has another MD5 is removed, and null is the answer.
    /// </summary>
    /// <remarks>
    /// Another worker may do the same at the same time. The one that comes second takes the hash that the first one set.
    /// </remarks>
    public async Task<StoredBlob?> SealAsync(StoredBlob stored, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await SealOnceAsync(Blob(stored.Name), stored, cancellationToken);
            }
            catch (RequestFailedException changed) when (changed.Status == 412)
            {
                // It was changed since it was read.
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
            // Retries of a stream that breaks are the SDK's, pinned to the ETag of the first answer.
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

        var headed = await blob.SetHttpHeadersAsync(
            new BlobHttpHeaders { ContentType = properties.ContentType, ContentEncoding = properties.ContentEncoding, ContentHash = md5 },
            new BlobRequestConditions { IfMatch = properties.ETag },
            cancellationToken);

        // Last: where the SHA-256 stands, everything stands.
        properties.Metadata[Sha256Key] = sha256;
        await blob.SetMetadataAsync(properties.Metadata, new BlobRequestConditions { IfMatch = headed.Value.ETag }, cancellationToken);
        return stored with { Sha256 = sha256 };
    }

    /// <summary>The content of a committed blob, as a stream that can be read once.</summary>
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
        catch (RequestFailedException conflict) when (ConflictOf(conflict) is { } result)
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
