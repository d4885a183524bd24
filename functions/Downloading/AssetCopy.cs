using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Downloading.Sources;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Downloading;

/// <summary>Copies a source's answer into a blob: read into a block, hashed, staged while the next block is read, committed once.</summary>
internal sealed class AssetCopy(
    AssetNames names,
    AssetBlobs blobs,
    AssetCommit commit,
    AssetOptions options,
    TimeProvider clock,
    AssetMessage message,
    AssetLease claim,
    SourceAnswer answer,
    RunningDownload progress)
    : IDisposable
{
    // What is in flight when the work is stopped has this long to arrive.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _abandon = CancellationTokenSource.CreateLinkedTokenSource(claim.LeaseLost);
    private readonly ContentDigest _digest = new();
    private byte[]? _buffer;
    private int _filled;

    // Whether the row tells what resuming needs of what is staged now.
    private bool _isOnRow = answer.Offset > 0;

    private bool IsProven => message.Assurance.IsProven();

    private bool IsWhole => answer.Offset == 0;

    /// <summary>Copies what the answer brings behind what is <paramref name="staged"/> (nothing, where the answer is the whole).</summary>
    /// <param name="name">The blob's name, where it is decided: then another attempt may have staged something under it, which a plain write would meet.</param>
    /// <param name="staged">What earlier attempts staged of the very asset that the answer goes on with.</param>
    /// <param name="stop">The time is over, or the host is stopping.</param>
    /// <exception cref="OperationCanceledException">The claim was lost; or the work was stopped before anything came.</exception>
    /// <exception cref="Azure.RequestFailedException">Storage is away.</exception>
    public async Task<DownloadResult> RunAsync(string? name, IReadOnlyList<StagedBlock> staged, CancellationToken stop)
    {
        using var body = new BodyReader(await answer.ReadAsync(stop), options, clock, stop);
        progress.Begin(answer.Offset, answer.TotalBytes);
        if (IsWhole)
        {
            if (await FillAsync(body, ContentKind.SampleBytes) is { } early)
            {
                return new DownloadResult.Failed(early);
            }

            if (_filled == 0)
            {
                return new DownloadResult.Failed(new DownloadFailure(FailureReason.Empty, "The source sent no bytes."));
            }

            var (kind, problem) = ContentKind.Of(message.Source.Kind, answer.MediaType, answer.Encoding, _buffer.AsSpan(0, _filled));
            if (kind is null)
            {
                return new DownloadResult.Failed(new DownloadFailure(FailureReason.WrongContent, $"The source sent {problem}."));
            }

            // D5
            await DecideAsync(name, kind, stop);
        }

        using var upload = new BlockUpload(blobs, claim.Row.Blob!, BlockIds.For(message.Source.Url, answer.Validator), options.BlocksInFlight, _abandon.Token);
        upload.Continue(staged);
        try
        {
            return await PumpAsync(body, upload) is { } failure
                ? await BreakAsync(upload, failure)
                : await FinishAsync(upload, isNamed: name is not null, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !claim.LeaseLost.IsCancellationRequested)
        {
            _abandon.CancelAfter(StopGrace);
            await StageTailAsync(upload);
            return new DownloadResult.Interrupted(CanBeResumed: answer.Validator is not null);
        }
        finally
        {
            await upload.SettleAsync();
        }
    }

    public void Dispose()
    {
        if (_buffer is not null)
        {
            BlockBuffers.Pool.Return(_buffer);
        }

        _abandon.Dispose();
        _digest.Dispose();
    }

    /// <summary>
    /// The name is decided once for all proven events of the job, and for an unconfirmed one by itself; type, validator and length go with each version
    /// of the asset.
    /// </summary>
    private async Task DecideAsync(string? name, ContentKind kind, CancellationToken stop)
    {
        var (provider, jobId, asset) = (message.Event.Provider, message.JobId, message.Source.Name);
        name ??= IsProven
            ? await names.DecideAsync(provider, jobId, asset, BlobNames.AssetStem(provider, jobId, asset) + kind.Extension, stop)
            : BlobNames.UnconfirmedStem(message.Event, jobId, asset) + kind.Extension;
        await claim.StageChangeAsync(
            row =>
            {
                row.Blob = name;
                row.ContentType = kind.MediaType;
                row.SourceValidator = answer.Validator;
                row.SourceBytes = answer.TotalBytes;
                row.SourceEncoding = answer.Encoding;
                row.SourceMd5 = answer.Md5 is { } md5 ? Convert.ToBase64String(md5) : null;
            },
            stop);
    }

    /// <summary>Reads until the block holds <paramref name="wanted"/> bytes or the body ends; why it broke, where it did.</summary>
    private async ValueTask<DownloadFailure?> FillAsync(BodyReader body, int wanted)
    {
        _buffer ??= BlockBuffers.Pool.Rent(options.BlockBytes);
        while (_filled < wanted)
        {
            // No more at a time than is hashed in one go, however much has come.
            var room = Math.Min(options.BlockBytes - _filled, ContentDigest.SliceBytes);
            var (count, failure) = await body.ReadAsync(_buffer.AsMemory(_filled, room));
            if (failure is not null || count == 0)
            {
                return failure;
            }

            // A source that is faster than we are never makes a read wait: either way, what else waits for a thread has its turn now.
            if (IsWhole)
            {
                await _digest.AppendSha256Async(_buffer.AsMemory(_filled, count));
            }
            else
            {
                await Task.Yield();
            }

            _filled += count;
            progress.Advance(count);
        }

        return null;
    }

    /// <summary>Reads to the end of the body. The last block stays in the buffer.</summary>
    private async Task<DownloadFailure?> PumpAsync(BodyReader body, BlockUpload upload)
    {
        while (true)
        {
            var failure = await FillAsync(body, options.BlockBytes);
            if (upload.End + _filled > options.MaxBytes)
            {
                return DownloadFailure.TooLarge("The source sends more", options.MaxBytes);
            }

            if (failure is not null || _filled < options.BlockBytes)
            {
                return failure ?? WrongLength(upload.End + _filled);
            }

            await HandOverAsync(upload, addToMd5: IsWhole);
        }
    }

    private DownloadFailure? WrongLength(long bytes) => answer.TotalBytes is { } total && total != bytes
        ? new DownloadFailure(FailureReason.Truncated, $"The source declared {total} bytes and sent {bytes}.")
        : null;

    private async Task<DownloadResult> BreakAsync(BlockUpload upload, DownloadFailure failure)
    {
        if (!failure.IsPermanent)
        {
            await StageTailAsync(upload);
        }

        return new DownloadResult.Failed(failure, Advanced: answer.Validator is not null && upload.End > answer.Offset);
    }

    /// <summary>What had come of the block under way is kept too, where the next attempt can ask for the rest.</summary>
    private async Task StageTailAsync(BlockUpload upload)
    {
        if (_filled > 0 && answer.Validator is not null)
        {
            await HandOverAsync(upload);
        }

        await upload.DrainAsync();
    }

    private async Task<DownloadResult> FinishAsync(BlockUpload upload, bool isNamed, CancellationToken stop)
    {
        if (IsWhole)
        {
            await _digest.AppendMd5Async(_buffer.AsMemory(0, _filled));
        }

        var description = BlobDescription.Of(message, claim.Row, IsWhole ? _digest.Finish() : null);
        if (description.Digest is { } digest && !description.Matches(digest.Md5))
        {
            return AssetCommit.Corrupted;
        }

        // D6
        if (upload.Blocks.Count == 0 && !isNamed)
        {
            // Within one block: one request in place of two. A name that no row of the job has is written down first: after a crash it decides.
            if (!IsProven)
            {
                await WriteDownAsync();
            }

            return await commit.PutAsync(claim.Row.Blob!, _buffer.AsMemory(0, _filled), description, stop);
        }

        if (_filled > 0)
        {
            await HandOverAsync(upload);
        }

        await upload.DrainAsync();
        return await commit.CommitAsync(claim.Row.Blob!, upload.Blocks, description, stop);
    }

    /// <exception cref="OperationCanceledException">The claim was lost.</exception>
    private async ValueTask HandOverAsync(BlockUpload upload, bool addToMd5 = false)
    {
        // Before anything is staged.
        await WriteDownAsync();
        var (buffer, filled) = (_buffer!, _filled);
        (_buffer, _filled) = (null, 0);
        await upload.AddAsync(buffer, filled, addToMd5 ? _digest.AppendMd5Async(buffer.AsMemory(0, filled)) : Task.CompletedTask);
    }

    /// <summary>Writes name, type and validator to the row, once. The time for it is that of what is in flight.</summary>
    /// <exception cref="OperationCanceledException">The claim was lost.</exception>
    private async ValueTask WriteDownAsync()
    {
        if (!_isOnRow)
        {
            _isOnRow = await claim.TryChangeAsync(_ => { }, _abandon.Token);
            claim.LeaseLost.ThrowIfCancellationRequested();
        }
    }
}
