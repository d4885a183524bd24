using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Downloading.Sources;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Downloading;

/// <summary>Downloader of one asset that runs from the link to the committed blob, under the asset's lease.</summary>
/// <remarks>
/// The bytes pass through this process instead of being copied by Blob Storage itself (Put Blob From URL). Blob Storage would follow a link to any
/// address, could not send the provider's key, returns no hash, and copies at most 5,000 MiB.
/// </remarks>
public sealed class AssetDownload(
    SourceClient sources,
    AssetHosts hosts,
    AssetNames names,
    AssetBlobs blobs,
    AssetCommit commit,
    BlockBuffers buffers,
    RunningDownloads running,
    IOptions<AssetOptions> options,
    TimeProvider clock)
{
    private readonly AssetOptions _options = options.Value;

    /// <summary>Downloads the asset.</summary>
    /// <param name="message">The asset to download.</param>
    /// <param name="provider">Its provider.</param>
    /// <param name="lease">The lease on its row.</param>
    /// <param name="attemptCancellation">Cancelled when the time for one message is over, or when the host stops.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable.</exception>
    public async Task<DownloadResult> RunAsync(AssetMessage message, WebhookProvider provider, AssetLease lease, CancellationToken attemptCancellation)
    {
        using var stopOrLeaseLost = CancellationTokenSource.CreateLinkedTokenSource(attemptCancellation, lease.LeaseLost);
        var progress = new RunningDownload(message.Event.Provider, message.JobId, message.Source.Name);
        running.Add(progress);
        try
        {
            return await RunAsync(message, provider, lease, progress, stopOrLeaseLost.Token);
        }
        catch (OperationCanceledException) when (lease.LeaseLost.IsCancellationRequested)
        {
            return new DownloadResult.LeaseLost();
        }
        catch (OperationCanceledException) when (attemptCancellation.IsCancellationRequested)
        {
            // Stopped before new bytes arrived. The blocks of earlier attempts are still staged.
            return new DownloadResult.Interrupted(CanBeResumed: true);
        }
        finally
        {
            running.Remove(progress);
        }
    }

    private async Task<DownloadResult> RunAsync(
        AssetMessage message, WebhookProvider provider, AssetLease lease, RunningDownload progress, CancellationToken attemptCancellation)
    {
        // Only proven events use the job's own blob names, so an existing blob came from a proven event. An unconfirmed event uses names of its own.
        // D3
        var isLookedUp = !(message.IsFirstOfJob && message.IsOriginal);
        var name = lease.Row.Blob ?? (isLookedUp ? await FindNameAsync(message, attemptCancellation) : null);
        var existing = name is null ? null : await blobs.GetAsync(name, attemptCancellation);
        if (existing is not null && existing.Version != message.ReplacesETag)
        {
            return await commit.AdoptAsync(existing, attemptCancellation);
        }

        if (existing is null)
        {
            // The blob to be replaced no longer exists, and a condition on its ETag would always fail.
            message = message with { ReplacesETag = null };
        }

        IReadOnlyList<StagedBlock> staged = lease.Row is { Blob: { } blob, SourceValidator: { } validator }
            ? await blobs.StagedAsync(blob, BlockIds.For(message.Source.Url, validator), attemptCancellation)
            : [];
        var offset = staged.Count == 0 ? 0 : staged[^1].End;
        if (offset > lease.Row.StagedBytes)
        {
            // A start that makes progress does not count as a crash. A long download may be interrupted often, each time by something else.
            await lease.TryChangeAsync(row => (row.StagedBytes, row.Starts) = (offset, 1), attemptCancellation);
        }

        if (offset > 0 && offset == lease.Row.SourceBytes)
        {
            return await commit.CommitAsync(lease, staged, BlobDescription.From(message, lease.Row, digest: null), attemptCancellation);
        }

        if (Uri.TryCreate(message.Source.Url, UriKind.Absolute, out var link) && !hosts.MayBeginAt(link, provider, message.Assurance))
        {
            return new DownloadResult.Failed(new DownloadFailure(FailureReason.BlockedHost, AssetHosts.Reason(link, provider)));
        }

        // D4
        var source = await sources.GetAsync(
            new SourceRequest(
                message.Source.Url,
                provider,
                hosts.For(provider, message.Assurance),
                offset > 0 ? new ResumePoint(offset, lease.Row.SourceValidator!, lease.Row.SourceBytes) : null),
            attemptCancellation);
        if (source is SourceResult.Failed(var failure))
        {
            // Another event may have stored the asset in the meantime, whatever its link answers now.
            return !isLookedUp && await FindNameAsync(message, attemptCancellation) is { } other && await blobs.GetAsync(other, attemptCancellation) is { } brought
                ? await commit.AdoptAsync(brought, attemptCancellation)
                : new DownloadResult.Failed(failure);
        }

        using var answer = ((SourceResult.Answered)source).Answer;
        return await CopyAsync(message, lease, answer, name, staged, progress, attemptCancellation);
    }

    private async Task<string?> FindNameAsync(AssetMessage message, CancellationToken attemptCancellation) =>
        message.Assurance.IsProven() ? await names.FindAsync(message.Event.Provider, message.JobId, message.Source.Name, attemptCancellation) : null;

    private async Task<DownloadResult> CopyAsync(
        AssetMessage message,
        AssetLease lease,
        SourceAnswer answer,
        string? name,
        IReadOnlyList<StagedBlock> staged,
        RunningDownload progress,
        CancellationToken attemptCancellation)
    {
        if (answer.TotalBytes > _options.MaxBytes)
        {
            return new DownloadResult.Failed(DownloadFailure.TooLarge($"The source declares {answer.TotalBytes} bytes", _options.MaxBytes));
        }

        var target = new CopyTarget
        {
            Expected = message.Source.Kind,
            LinkName = Uri.TryCreate(message.Source.Url, UriKind.Absolute, out var link) ? Uri.UnescapeDataString(link.AbsolutePath) : "",
            Blocks = BlockIds.For(message.Source.Url, answer.Validator),
            IsNamed = name is not null,
            IsNameOfJob = message.Assurance.IsProven(),
            DecideAsync = (kind, token) => DecideAsync(message, lease, answer, name, kind, token),
            Describe = digest => BlobDescription.From(message, lease.Row, digest),
        };
        using var copy = new AssetCopy(blobs, commit, buffers, _options, clock, target, lease, answer, progress);
        return await copy.RunAsync(answer.Offset == 0 ? [] : staged, attemptCancellation);
    }

    /// <summary>
    /// Decides the blob's name: once for all proven events of the job, and separately for each unconfirmed event. Stages the name, and the type,
    /// validator and length of this version of the asset, on the row.
    /// </summary>
    private async Task DecideAsync(
        AssetMessage message, AssetLease lease, SourceAnswer answer, string? name, ContentKind kind, CancellationToken attemptCancellation)
    {
        var (provider, jobId, asset) = (message.Event.Provider, message.JobId, message.Source.Name);
        name ??= message.Assurance.IsProven()
            ? await names.DecideAsync(provider, jobId, asset, BlobNames.AssetStem(provider, jobId, asset) + kind.Extension, attemptCancellation)
            : BlobNames.UnconfirmedStem(message.Event, jobId, asset) + kind.Extension;
        await lease.StageChangeAsync(
            row =>
            {
                row.Blob = name;
                row.ContentType = kind.MediaType;
                row.SourceValidator = answer.Validator;
                row.SourceBytes = answer.TotalBytes;
                row.SourceEncoding = answer.Encoding;
                row.SourceMd5 = answer.Md5 is { } md5 ? Convert.ToBase64String(md5) : null;
            },
            attemptCancellation);
    }
}
