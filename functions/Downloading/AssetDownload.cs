using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Sources;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Downloading;

/// <summary>One attempt at an asset, by whoever holds its claim: from the link to the committed blob.</summary>
/// <remarks>
/// The bytes come through this process and are not copied by the service itself (Put Blob From URL): the service would follow a link
/// wherever it leads, send no key along, tell no hash, and its copies end at 5,000 MiB.
/// </remarks>
public sealed class AssetDownload(
    SourceClient sources,
    AssetHosts hosts,
    AssetNames names,
    AssetBlobs blobs,
    AssetCommit commit,
    RunningDownloads running,
    IOptions<AssetOptions> options,
    TimeProvider clock)
{
    private readonly AssetOptions _options = options.Value;

    /// <summary>Makes the attempt.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="provider">Its provider.</param>
    /// <param name="claim">The claim on its row.</param>
    /// <param name="stop">The time is over, or the host is stopping.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is away.</exception>
    internal async Task<DownloadResult> RunAsync(AssetMessage message, WebhookProvider provider, AssetLease claim, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, claim.LeaseLost);
        var progress = new RunningDownload(message.Event.Provider, message.JobId, message.Source.Name, clock.GetUtcNow());
        running.Add(progress);
        try
        {
            return await RunAsync(message, provider, claim, progress, either.Token);
        }
        catch (OperationCanceledException) when (claim.LeaseLost.IsCancellationRequested)
        {
            return new DownloadResult.LeaseLost();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Before anything new came: what earlier attempts staged is still there.
            return new DownloadResult.Interrupted(CanBeResumed: true);
        }
        finally
        {
            running.Remove(progress);
        }
    }

    private async Task<DownloadResult> RunAsync(
        AssetMessage message, WebhookProvider provider, AssetLease claim, RunningDownload progress, CancellationToken stop)
    {
        // By the job's own names only proven events are stored, so a blob that is there was brought by one. What is not proven has a place of its own.
        // D3
        var name = claim.Row.Blob
            ?? (message.Assurance.IsProven() ? await names.FindAsync(message.Event.Provider, message.JobId, message.Source.Name, stop) : null);
        var there = name is null ? null : await blobs.GetAsync(name, stop);
        if (there is not null && there.Version != message.ReplacesETag)
        {
            return await commit.AdoptAsync(there, stop);
        }

        if (there is null)
        {
            // What was to be replaced is gone; a condition on its version would never be met.
            message = message with { ReplacesETag = null };
        }

        IReadOnlyList<StagedBlock> staged = claim.Row is { Blob: { } blob, SourceValidator: { } validator }
            ? await blobs.StagedAsync(blob, BlockIds.For(message.Source.Url, validator), stop)
            : [];
        var offset = staged.Count == 0 ? 0 : staged[^1].End;
        if (offset > 0 && offset == claim.Row.SourceBytes)
        {
            return await commit.CommitAsync(claim.Row.Blob!, staged, BlobDescription.Of(message, claim.Row, digest: null), stop);
        }

        if (Uri.TryCreate(message.Source.Url, UriKind.Absolute, out var link) && !hosts.MayBeginAt(link, provider, message.Assurance))
        {
            return new DownloadResult.Failed(new DownloadFailure(FailureReason.BlockedHost, AssetHosts.Reason(link, provider)));
        }

        // D4
        var (answer, failure) = await sources.GetAsync(
            new SourceRequest(
                message.Source.Url,
                provider,
                hosts.For(provider, message.Assurance),
                offset > 0 ? new ResumePoint(offset, claim.Row.SourceValidator!, claim.Row.SourceBytes) : null),
            stop);
        if (answer is null)
        {
            return new DownloadResult.Failed(failure!);
        }

        using (answer)
        {
            if (answer.TotalBytes > _options.MaxBytes)
            {
                return new DownloadResult.Failed(DownloadFailure.TooLarge($"The source declares {answer.TotalBytes} bytes", _options.MaxBytes));
            }

            using var copy = new AssetCopy(names, blobs, commit, _options, clock, message, claim, answer, progress);
            return await copy.RunAsync(name, answer.Offset == 0 ? [] : staged, stop);
        }
    }
}
