using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Messaging;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;

namespace WebhookFunctions.Downloading;

/// <summary>One attempt at an asset, by the holder of its lease, and the recording of its result.</summary>
public sealed class AssetAttempt(
    ProviderCatalog providers,
    AssetDownload download,
    AssetBlobs blobs,
    ManifestExpansion expansion,
    AssetOutcomes outcomes,
    AssetRequeuer requeuer,
    IOptions<AssetOptions> options,
    TimeProvider clock)
{
    private readonly AssetOptions _options = options.Value;

    /// <summary>Makes the attempt and says how to settle the message.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="lease">The lease, which is released unless it is lost.</param>
    /// <param name="stop">The time for one message is over, or the host is stopping.</param>
    /// <param name="stopping">The host is stopping.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable.</exception>
    public async Task<Settlement> RunAsync(AssetMessage message, AssetLease lease, CancellationToken stop, CancellationToken stopping)
    {
        var started = clock.GetTimestamp();
        if (!providers.TryGet(message.Event.Provider, out var provider))
        {
            var off = new DownloadFailure(FailureReason.ProviderOff, "The provider is not configured.");
            return await outcomes.RetryOrFailAsync(message, lease, off, advanced: false, stopping);
        }

        switch (await download.RunAsync(message, provider, lease, stop))
        {
            case DownloadResult.Stored(var blob):
                if (message.Source.Expands)
                {
                    await using var content = await blobs.OpenAsync(blob.Name, stopping);
                    await expansion.RunAsync(message, content, provider, stopping);
                }

                return await outcomes.CompleteAsync(message, lease, blob, clock.GetElapsedTime(started), stopping);

            case DownloadResult.Failed(var failure, var advanced):
                return await outcomes.RetryOrFailAsync(message, lease, failure, advanced, stopping);

            case DownloadResult.Interrupted(CanBeResumed: false) when !stopping.IsCancellationRequested:
                var tooSlow = new DownloadFailure(
                    FailureReason.TooSlow, $"It did not end within {_options.RunTime}, and the source cannot be asked for the rest.");
                return await outcomes.RetryOrFailAsync(message, lease, tooSlow, advanced: false, stopping);

            case DownloadResult.Interrupted:
                return await outcomes.ContinueAsync(message, lease, "The source still sends.");

            default:
                // The lease was lost. Its new holder may die: this message then finds the work undone.
                return await requeuer.ContinueAsync(message, _options.LeaseTime, stopping);
        }
    }
}
