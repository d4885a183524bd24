using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Downloading.Sources;

namespace WebhookFunctions.Downloading;

/// <summary>Copier of a source's answer into a blob. Each block is read, hashed, and staged while the next one is read; the blob is committed
/// once.</summary>
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
    // How long blocks in flight may take to be staged once the work is stopped.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(20);

    // How many bytes of a block are read before its buffer is rented.
    private const int FirstBytes = 256;

    private readonly CancellationTokenSource _abandon = CancellationTokenSource.CreateLinkedTokenSource(lease.LeaseLost);
    private readonly ContentDigest _digest = new();
    private readonly byte[] _first = new byte[FirstBytes];
    private byte[]? _buffer;
    private int _filled;

    // Whether the row already holds what the next attempt needs to resume.
    private bool _isOnRow = answer.Offset > 0;

    private bool IsWhole => answer.Offset == 0;

    /// <summary>Copies the answer, appending it to the blocks in <paramref name="staged"/>, which is empty if the answer is the whole
    /// asset.</summary>
    /// <param name="staged">The blocks that earlier attempts staged of the same version of the asset.</param>
    /// <param name="attemptCancellation">Cancelled when the time for one message is over, or when the host stops.</param>
    /// <exception cref="OperationCanceledException">The lease was lost, or the work was stopped before any bytes arrived.</exception>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable.</exception>
    public async Task<DownloadResult> RunAsync(IReadOnlyList<StagedBlock> staged, CancellationToken attemptCancellation)
    {
        using var body = new BodyReader(await answer.ReadAsync(attemptCancellation), options, clock, attemptCancellation);
        progress.Begin(answer.Offset, answer.TotalBytes);
        if (IsWhole)
        {
            if (await FillAsync(body, ContentKind.SampleBytes) is { } sampleFailure)
            {
                return new DownloadResult.Failed(sampleFailure);
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
                    await target.DecideAsync(kind, attemptCancellation);
                    break;
            }
        }

        using var upload = new BlockUpload(blobs, lease.Row.Blob!, target.Blocks, options.BlocksInFlight, buffers, _abandon.Token);
        upload.Continue(staged);
        try
        {
            return await PumpAsync(body, upload) is { } failure
                ? await StageAndFailAsync(upload, failure)
                : await FinishAsync(upload, attemptCancellation);
        }
        catch (OperationCanceledException) when (attemptCancellation.IsCancellationRequested && !lease.LeaseLost.IsCancellationRequested)
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

    /// <summary>Reads until the block holds <paramref name="wanted"/> bytes or the body ends. Returns the failure if the read failed; otherwise
    /// null.</summary>
    private async ValueTask<DownloadFailure?> FillAsync(BodyReader body, int wanted)
    {
        while (_filled < wanted)
        {
            // At most one slice for the hash, however much has arrived.
            var room = Math.Min(options.BlockBytes - _filled, ContentDigest.SliceBytes);
            var read = _buffer is null ? await ReadFirstAsync(body) : await body.ReadAsync(_buffer.AsMemory(_filled, room));
            if (read.IsLast)
            {
                return read.Failure;
            }

            // Reads from a fast source complete synchronously. Both branches yield, so that this loop does not starve the thread pool.
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
    /// Reads the first bytes of a block, and then rents its buffer, so that a silent source holds no buffer. A zero-byte read may complete without
    /// data, so a read of a few bytes follows it.
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

            await StageBlockAsync(upload, addToMd5: IsWhole);
        }
    }

    private DownloadFailure? WrongLength(long bytes) => answer.TotalBytes is { } total && total != bytes
        ? new DownloadFailure(FailureReason.Truncated, $"The source declared {total} bytes and sent {bytes}.")
        : null;

    private async Task<DownloadResult> StageAndFailAsync(BlockUpload upload, DownloadFailure failure)
    {
        if (!failure.IsPermanent)
        {
            await StageTailAsync(upload);
        }

        return new DownloadResult.Failed(failure, HasProgressed: answer.Validator is not null && upload.End > answer.Offset);
    }

    /// <summary>Stages the incomplete block too, if the next attempt can request the rest.</summary>
    private async Task StageTailAsync(BlockUpload upload)
    {
        if (_filled > 0 && answer.Validator is not null)
        {
            await StageBlockAsync(upload);
        }

        await upload.DrainAsync();
    }

    private async Task<DownloadResult> FinishAsync(BlockUpload upload, CancellationToken attemptCancellation)
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
            // The asset fits into one block, so one request writes the blob instead of two. A name that no row of the job holds yet is first written
            // to the asset's row, for use after a crash.
            if (!target.IsNameOfJob)
            {
                await WriteRowAsync();
            }

            return await commit.PutAsync(lease, _buffer.AsMemory(0, _filled), description, attemptCancellation);
        }

        if (_filled > 0)
        {
            await StageBlockAsync(upload);
        }

        await upload.DrainAsync();
        return await commit.CommitAsync(lease, upload.Blocks, description, attemptCancellation);
    }

    /// <exception cref="OperationCanceledException">The lease was lost.</exception>
    private async ValueTask StageBlockAsync(BlockUpload upload, bool addToMd5 = false)
    {
        // The row is written before any block is staged.
        await WriteRowAsync();
        var (buffer, filled) = (_buffer!, _filled);
        (_buffer, _filled) = (null, 0);
        await upload.AddAsync(buffer, filled, addToMd5 ? _digest.AppendMd5Async(buffer.AsMemory(0, filled)) : Task.CompletedTask);
    }

    /// <summary>Writes name, type and validator to the row, once. If the work is stopped, this may take as long as the blocks in flight.</summary>
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
