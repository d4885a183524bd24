using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Downloading.Sources;

namespace WebhookFunctions.Downloading;

/// <summary>Copier of a source's answer into a blob: read into a block, hashed, staged while the next block is read, committed once.</summary>
internal sealed class AssetCopy(
    AssetBlobs blobs,
    AssetCommit commit,
    BlockBuffers buffers,
    AssetOptions options,
    TimeProvider clock,
    CopyTarget target,
    AssetLease lease,
    SourceAnswer answer,
    RunningDownload progress)
    : IDisposable
{
    // How long blocks in flight may take when the work is stopped.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(20);

    // Of each block, what is read before its buffer is rented.
    private const int FirstBytes = 256;

    private readonly CancellationTokenSource _abandon = CancellationTokenSource.CreateLinkedTokenSource(lease.LeaseLost);
    private readonly ContentDigest _digest = new();
    private readonly byte[] _first = new byte[FirstBytes];
    private byte[]? _buffer;
    private int _filled;

    // Whether the row holds what resuming needs of what is staged now.
    private bool _isOnRow = answer.Offset > 0;

    private bool IsWhole => answer.Offset == 0;

    /// <summary>Copies what the answer brings behind what is <paramref name="staged"/> (nothing, if the answer is the whole).</summary>
    /// <param name="staged">What earlier attempts staged of the asset that the answer continues.</param>
    /// <param name="stop">The time is over, or the host is stopping.</param>
    /// <exception cref="OperationCanceledException">The lease was lost; or the work was stopped before anything came.</exception>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable.</exception>
    public async Task<DownloadResult> RunAsync(IReadOnlyList<StagedBlock> staged, CancellationToken stop)
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

            // D5
            switch (ContentKind.Recognize(
                target.Expected, answer.MediaType, answer.Encoding, _buffer.AsSpan(0, _filled), answer.FileNames(target.LinkName)))
            {
                case ContentRecognition.Unexpected { IsProgress: true }:
                    return new DownloadResult.Failed(new DownloadFailure(FailureReason.NotReady, "The source says that the file is still being made."));
                case ContentRecognition.Unexpected(var found):
                    return new DownloadResult.Failed(new DownloadFailure(FailureReason.WrongContent, $"The source sent {found}."));
                case ContentRecognition.Recognized(var kind):
                    await target.DecideAsync(kind, stop);
                    break;
            }
        }

        using var upload = new BlockUpload(blobs, lease.Row.Blob!, target.Blocks, options.BlocksInFlight, buffers, _abandon.Token);
        upload.Continue(staged);
        try
        {
            return await PumpAsync(body, upload) is { } failure
                ? await BreakAsync(upload, failure)
                : await FinishAsync(upload, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !lease.LeaseLost.IsCancellationRequested)
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
            buffers.Return(_buffer);
        }

        _abandon.Dispose();
        _digest.Dispose();
    }

    /// <summary>Reads until the block holds <paramref name="wanted"/> bytes or the body ends. Returns why it broke, if it did.</summary>
    private async ValueTask<DownloadFailure?> FillAsync(BodyReader body, int wanted)
    {
        while (_filled < wanted)
        {
            // At most what is hashed in one slice, however much has arrived.
            var room = Math.Min(options.BlockBytes - _filled, ContentDigest.SliceBytes);
            var read = _buffer is null ? await ReadFirstAsync(body) : await body.ReadAsync(_buffer.AsMemory(_filled, room));
            if (read.IsLast)
            {
                return read.Failure;
            }

            // Reads from a fast source complete synchronously: either branch yields, so that this loop does not starve the thread pool.
            if (IsWhole)
            {
                await _digest.AppendSha256Async(_buffer.AsMemory(_filled, read.Count));
            }
            else
            {
                await Task.Yield();
            }

            _filled += read.Count;
            progress.Advance(read.Count);
        }

        return null;
    }

    /// <summary>
    /// Reads the first bytes of a block, and rents its buffer once they are there: a source that is silent holds none. A wait may end although nothing has
    /// come, so it is followed by a read of a few bytes.
    /// </summary>
    private async ValueTask<BodyRead> ReadFirstAsync(BodyReader body)
    {
        if (await body.WaitAsync() is { } silent)
        {
            return BodyRead.Failed(silent.Reason, silent.Description);
        }

        var read = await body.ReadAsync(_first);
        if (!read.IsLast)
        {
            _buffer = buffers.Rent(options.BlockBytes);
            _first.AsSpan(0, read.Count).CopyTo(_buffer);
        }

        return read;
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

    /// <summary>Stages what has arrived of the current block too, if the next attempt can ask for the rest.</summary>
    private async Task StageTailAsync(BlockUpload upload)
    {
        if (_filled > 0 && answer.Validator is not null)
        {
            await HandOverAsync(upload);
        }

        await upload.DrainAsync();
    }

    private async Task<DownloadResult> FinishAsync(BlockUpload upload, CancellationToken stop)
    {
        if (IsWhole)
        {
            await _digest.AppendMd5Async(_buffer.AsMemory(0, _filled));
        }

        var description = target.Describe(IsWhole ? _digest.Finish() : null);
        if (description.Digest is { } digest && !description.Matches(digest.Md5))
        {
            return AssetCommit.Corrupted;
        }

        // D6
        if (upload.Blocks.Count == 0 && !target.IsNamed)
        {
            // Within one block: one request instead of two. A name that no row of the job holds is written to the asset's row first, for use after a crash.
            if (!target.IsNameOfJob)
            {
                await WriteRowAsync();
            }

            return await commit.PutAsync(lease, _buffer.AsMemory(0, _filled), description, stop);
        }

        if (_filled > 0)
        {
            await HandOverAsync(upload);
        }

        await upload.DrainAsync();
        return await commit.CommitAsync(lease, upload.Blocks, description, stop);
    }

    /// <exception cref="OperationCanceledException">The lease was lost.</exception>
    private async ValueTask HandOverAsync(BlockUpload upload, bool addToMd5 = false)
    {
        // Before anything is staged.
        await WriteRowAsync();
        var (buffer, filled) = (_buffer!, _filled);
        (_buffer, _filled) = (null, 0);
        await upload.AddAsync(buffer, filled, addToMd5 ? _digest.AppendMd5Async(buffer.AsMemory(0, filled)) : Task.CompletedTask);
    }

    /// <summary>Writes name, type and validator to the row, once. When the work is stopped, it has the time of the blocks in flight.</summary>
    /// <exception cref="OperationCanceledException">The lease was lost.</exception>
    private async ValueTask WriteRowAsync()
    {
        if (!_isOnRow)
        {
            _isOnRow = await lease.TryChangeAsync(_ => { }, _abandon.Token);
            lease.LeaseLost.ThrowIfCancellationRequested();
        }
    }
}
