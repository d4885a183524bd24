using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
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
    LinkRenewals renewals,
    IOptions<AssetOptions> options,
    TimeProvider clock)
{
    private static readonly DownloadFailure NoResult = new(FailureReason.NoResult, "The document tells of a success, and neither names a result nor holds one.");

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
            return await outcomes.RetryOrFailAsync(message, lease, new FailedAttempt(off), stopping);
        }

        message = message with { FirstGetAt = message.FirstGetAt ?? clock.GetUtcNow() };
        var result = await download.RunAsync(message, provider, lease, stop);
        var hasRenewed = false;
        if (result is DownloadResult.Failed(var refused, _)
            && RetryPolicy.Decide(message, Describe(message, provider, refused), clock.GetUtcNow(), 0) is RetryDecision.Renew)
        {
            (message, result) = await RenewAsync(message, provider, lease, refused, stop);
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

            case DownloadResult.Failed(var failure, var advanced):
                var failed = Describe(message, provider, failure) with { Advanced = advanced, HasRenewed = hasRenewed };
                return await outcomes.RetryOrFailAsync(message, lease, failed, stopping);

            case DownloadResult.Interrupted(CanBeResumed: false) when !stopping.IsCancellationRequested:
                var tooSlow = new DownloadFailure(
                    FailureReason.TooSlow, $"It did not end within {_options.RunTime}, and the source cannot be asked for the rest.");
                return await outcomes.RetryOrFailAsync(message, lease, Describe(message, provider, tooSlow), stopping);

            case DownloadResult.Interrupted:
                return await outcomes.ContinueAsync(message, lease, "The source still sends.");

            default:
                // The lease was lost. Its new holder may die: this message then finds the work undone.
                return await requeuer.ContinueAsync(message, _options.LeaseTime, stopping);
        }
    }

    /// <summary>Asks for a new link and follows it. Where there is none, the result is the failure that led here, with the reason.</summary>
    private async Task<(AssetMessage Message, DownloadResult Result)> RenewAsync(
        AssetMessage message, WebhookProvider provider, AssetLease lease, DownloadFailure refused, CancellationToken stop)
    {
        LinkRenewal renewal;
        try
        {
            renewal = await renewals.RenewAsync(message, provider, stop);
        }
        catch (HttpRequestException unavailable)
        {
            // The API's own failure is no answer, and counts as none.
            var description = $"{refused.Description} The provider's API could not be asked for a new link ({unavailable.StatusCode?.ToString() ?? unavailable.HttpRequestError.ToString()}).";
            return (message, new DownloadResult.Failed(new DownloadFailure(FailureReason.Unreachable, description)));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return (message, new DownloadResult.Interrupted(CanBeResumed: true));
        }

        message = message with { Renewals = message.Renewals + 1, RenewedAt = clock.GetUtcNow() };
        if (renewal is not LinkRenewal.Renewed(var source))
        {
            return (message, new DownloadResult.Failed(refused with { Description = $"{refused.Description} A new link was asked for. {((LinkRenewal.None)renewal).Reason}" }));
        }

        message = message with { Source = source };
        return (message, await download.RunAsync(message, provider, lease, stop));
    }

    /// <summary>Reads the assets out of a stored document. Returns the message that asks for the document again where it is not complete yet.</summary>
    private async Task<AssetMessage?> ExpandAsync(AssetMessage message, WebhookProvider provider, StoredBlob blob, CancellationToken stopping)
    {
        await using (var content = await blobs.OpenAsync(blob.Name, stopping))
        {
            if (await expansion.RunAsync(message, content, provider, stopping))
            {
                return null;
            }
        }

        // The next attempt puts a later version of the document in the place of this one.
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
