using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Downloading;

/// <summary>Runner of one attempt at an asset, under its lease, that records how the attempt ended.</summary>
public sealed class AssetAttempt(
    ProviderCatalog providers,
    AssetDownload download,
    AssetBlobs blobs,
    ManifestExpansion expansion,
    AssetOutcomes outcomes,
    AssetRequeuer requeuer,
    LinkRenewals renewals,
    IOptions<AssetOptions> options,
    WebhookMetrics metrics,
    TimeProvider clock)
{
    private static readonly DownloadFailure NoResult = new(FailureReason.NoResult, "The document reports a success but contains no result.");

    private readonly AssetOptions _options = options.Value;

    /// <summary>Makes the attempt and says how to settle the message.</summary>
    /// <param name="message">The asset to download.</param>
    /// <param name="lease">The lease, which is released unless it is lost.</param>
    /// <param name="attemptCancellation">Cancelled when the time for one message is over, or when the host stops.</param>
    /// <param name="stopping">Cancelled when the host stops.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable.</exception>
    public async Task<Settlement> RunAsync(AssetMessage message, AssetLease lease, CancellationToken attemptCancellation, CancellationToken stopping)
    {
        var started = clock.GetTimestamp();
        if (!providers.TryGet(message.Event.Provider, out var provider))
        {
            var notConfigured = new DownloadFailure(FailureReason.ProviderOff, "The provider is not configured.");
            return await outcomes.RetryOrFailAsync(message, lease, new FailedAttempt(notConfigured), stopping);
        }

        message = message with { FirstGetAt = message.FirstGetAt ?? clock.GetUtcNow() };
        var result = await download.RunAsync(message, provider, lease, attemptCancellation);
        var hasRenewed = false;
        if (result is DownloadResult.Failed(var firstFailure, _)
            && RetryPolicy.Decide(message, Describe(message, provider, firstFailure), clock.GetUtcNow(), 0) is RetryDecision.Renew)
        {
            (message, result) = await RenewAsync(message, provider, lease, firstFailure, attemptCancellation);
            hasRenewed = true;
        }

        switch (result)
        {
            case DownloadResult.Stored(var blob):
                if (message.Source.Expands && await ExpandAsync(message, provider, blob, stopping) is { } incomplete)
                {
                    return await outcomes.RetryOrFailAsync(incomplete, lease, new FailedAttempt(NoResult), stopping);
                }

                return await outcomes.CompleteAsync(message, lease, blob, clock.GetElapsedTime(started), stopping);

            case DownloadResult.Failed(var failure, var hasProgressed):
                var failed = Describe(message, provider, failure) with { HasProgressed = hasProgressed, HasRenewed = hasRenewed };
                return await outcomes.RetryOrFailAsync(message, lease, failed, stopping);

            case DownloadResult.Interrupted(CanBeResumed: false) when !stopping.IsCancellationRequested:
                var tooSlow = new DownloadFailure(
                    FailureReason.TooSlow, $"The download did not end within {_options.RunTime}, and the source cannot resume it.");
                return await outcomes.RetryOrFailAsync(message, lease, Describe(message, provider, tooSlow), stopping);

            case DownloadResult.Interrupted:
                return await outcomes.ContinueAsync(message, lease, "The source is still sending.");

            default:
                // The lease was lost to another worker. If that worker dies, the requeued message continues the work.
                return await requeuer.ContinueAsync(message, _options.LeaseTime, stopping);
        }
    }

    /// <summary>Asks the provider's API for a new link and downloads from it. If the API gives none, returns the failure that caused this
    /// call, with the reason added.</summary>
    private async Task<(AssetMessage Message, DownloadResult Result)> RenewAsync(
        AssetMessage message, WebhookProvider provider, AssetLease lease, DownloadFailure firstFailure, CancellationToken attemptCancellation)
    {
        LinkRenewal renewal;
        try
        {
            renewal = await renewals.RenewAsync(message, provider, attemptCancellation);
        }
        catch (HttpRequestException exception)
        {
            // A failed call says nothing about the link. It counts neither as a renewal nor as a refusal.
            var description = $"{firstFailure.Description} The provider's API could not be asked for a new link ({exception.StatusCode?.ToString() ?? exception.HttpRequestError.ToString()}).";
            return (message, new DownloadResult.Failed(new DownloadFailure(FailureReason.Unreachable, description)));
        }
        catch (OperationCanceledException) when (attemptCancellation.IsCancellationRequested)
        {
            return (message, new DownloadResult.Interrupted(CanBeResumed: true));
        }

        metrics.LinkRenewed(message.Event.Provider, renewal is LinkRenewal.Renewed);
        message = message with { Renewals = message.Renewals + 1, RenewedAt = clock.GetUtcNow() };
        if (renewal is not LinkRenewal.Renewed(var source))
        {
            return (message, new DownloadResult.Failed(firstFailure with { Description = $"{firstFailure.Description} A new link was requested. {((LinkRenewal.None)renewal).Reason}" }));
        }

        message = message with { Source = source };
        return (message, await download.RunAsync(message, provider, lease, attemptCancellation));
    }

    /// <summary>Expands a stored document into assets. If the document is incomplete, returns the message that fetches it again; otherwise
    /// null.</summary>
    private async Task<AssetMessage?> ExpandAsync(AssetMessage message, WebhookProvider provider, StoredBlob blob, CancellationToken stopping)
    {
        await using (var content = await blobs.OpenAsync(blob.Name, stopping))
        {
            if (await expansion.RunAsync(message, content, provider, stopping))
            {
                return null;
            }
        }

        // The next attempt overwrites this incomplete version of the document, by its ETag.
        return message with { ReplacesETag = (await blobs.GetAsync(blob.Name, stopping))?.Version };
    }

    private static FailedAttempt Describe(AssetMessage message, WebhookProvider provider, DownloadFailure failure) => new(failure)
    {
        CanRenew = LinkRenewals.KeyOf(message, provider) is not null,
        MissingSetting = message.Assurance.IsProven() ? provider.RenewalSetting : null,
        LinkLife = provider.LinkLife,
        Retention = provider.Retention,
    };
}
