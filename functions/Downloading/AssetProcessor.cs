using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Takes an asset from the queue and sees to it that its row ends: claims it, makes one attempt, and has written down what came of it. Whatever
/// ends the process in between, the redelivered message finds on the row and in the container how far it was.
/// </summary>
public sealed partial class AssetProcessor(
    ProviderCatalog providers,
    EventStore events,
    JobTombstones tombstones,
    JobBlobs jobBlobs,
    AssetRequeuer queue,
    DownloadLimiter gate,
    AssetDownload download,
    AssetBlobs blobs,
    ManifestExpansion expansion,
    AssetOutcomes outcomes,
    IOptions<AssetOptions> options,
    TimeProvider clock,
    ILogger<AssetProcessor> logger)
{
    // As many crashes as one message is tried through. The broker would allow far more.
    private const int MaxDeliveries = 5;

    // Between reading a row and claiming it, its holder may renew its claim, or end.
    private const int MaxClaimTries = 5;

    // For a host that has its fill, and for a claim to lapse for every clock.
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(5);

    // A rolling update takes minutes.
    private static readonly TimeSpan PutBackFor = TimeSpan.FromMinutes(5);

    // With storage away for that long nobody will mend it by waiting.
    private static readonly TimeSpan StorageGiveUpAfter = TimeSpan.FromDays(14);

    private readonly AssetOptions _options = options.Value;

    /// <summary>Takes one asset. Never throws.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="delivery">Which delivery of its message this is.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    public async Task<Settlement> ProcessAsync(AssetMessage message, MessageDelivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            return await TakeAsync(message, delivery, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Settlement.Left;
        }
        catch (ServiceBusException away)
        {
            Log.NotScheduled(logger, message.Event.PartitionKey, message.Row, LoggedException.Of(away));
            return Settlement.Left;
        }
        catch (UnknownValueException)
        {
            return await PutBackAsync(message);
        }
        catch (Exception failure)
        {
            Log.CouldNotGoOn(logger, message.Event.PartitionKey, message.Row, LoggedException.Of(failure));
            return await PutBackAsync(message, delivery, failure);
        }
    }

    private async Task<Settlement> TakeAsync(AssetMessage message, MessageDelivery delivery, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(_options.RunTime, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        // D1
        using var place = await TryEnterAsync(message, stop.Token, stopping);
        if (place is null)
        {
            return await ContinueAsync(message, ShortWait * (1 + Random.Shared.NextDouble()), stopping);
        }

        for (var tries = 0; tries < MaxClaimTries; tries++)
        {
            // D2
            var row = await events.FindAssetAsync(message.Event.PartitionKey, message.Row, stopping);
            if (row is null && await tombstones.HasAsync(message.Event.Provider, message.JobId, stopping))
            {
                // Its job was erased: as a dead letter the message would keep what is to be forgotten. An attempt that was under way all the while may
                // have committed a blob behind the erasure.
                await jobBlobs.EraseAsync(message.Event.Provider, message.JobId, stopping);
                return Settlement.Completed;
            }

            if (AlreadySettled(message, row) is { } settled)
            {
                return settled;
            }

            var (claim, heldUntil) = await AssetLease.TryAcquireAsync(events, row!, delivery, message.Attempt, _options.LeaseTime, clock, stopping);
            if (heldUntil is { } until)
            {
                // The holder's message may be lost together with the holder: this one looks again when the claim has lapsed.
                return await ContinueAsync(message, until - clock.GetUtcNow() + ShortWait, stopping);
            }

            if (claim is not null)
            {
                await using (claim)
                {
                    // The processes died under the earlier deliveries. What they staged is there, and the work goes on in a fresh message. Handing it
                    // on is also what gives up after 24 hours.
                    return delivery.DeliveryCount >= MaxDeliveries
                        ? await outcomes.ContinueAsync(message, claim, "The process ended under the last attempts.")
                        : await WorkAsync(message, claim, stop.Token, stopping);
                }
            }
        }

        return await ContinueAsync(message, ShortWait, stopping);
    }

    /// <summary>A place for the download; null where there is none for its host, or none at all for as long as one message may be worked on.</summary>
    private async Task<IDisposable?> TryEnterAsync(AssetMessage message, CancellationToken stop, CancellationToken stopping)
    {
        try
        {
            return await gate.EnterAsync(HostOf(message.Source.Url), stop);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<Settlement> WorkAsync(AssetMessage message, AssetLease claim, CancellationToken stop, CancellationToken stopping)
    {
        var started = clock.GetTimestamp();
        if (!providers.TryGet(message.Event.Provider, out var provider))
        {
            var off = new DownloadFailure(FailureReason.ProviderOff, "The provider is not configured.");
            return await outcomes.RetryOrFailAsync(message, claim, off, advanced: false, stopping);
        }

        switch (await download.RunAsync(message, provider, claim, stop))
        {
            case DownloadResult.Stored(var blob):
                if (message.Source.Expands)
                {
                    await using var content = await blobs.OpenAsync(blob.Name, stopping);
                    await expansion.RunAsync(message, content, provider, stopping);
                }

                return await outcomes.CompleteAsync(message, claim, blob, clock.GetElapsedTime(started), stopping);

            case DownloadResult.Failed(var failure, var advanced):
                return await outcomes.RetryOrFailAsync(message, claim, failure, advanced, stopping);

            case DownloadResult.Interrupted(CanBeResumed: false) when !stopping.IsCancellationRequested:
                var tooSlow = new DownloadFailure(
                    FailureReason.TooSlow, $"It did not end within {_options.RunTime}, and the source cannot be asked for the rest.");
                return await outcomes.RetryOrFailAsync(message, claim, tooSlow, advanced: false, stopping);

            case DownloadResult.Interrupted:
                return await outcomes.ContinueAsync(message, claim, "The source still sends.");

            default:
                return await ContinueAsync(message, _options.LeaseTime, stopping);
        }
    }

    /// <summary>How to settle a message whose work was done or passed on before, or of whose asset nobody knows; null where there is work.</summary>
    private static Settlement? AlreadySettled(AssetMessage message, AssetRow? row) => row switch
    {
        null => AssetOutcomes.Ended(message, "UnknownAsset", "The asset has no row."),

        // A process died between the row and the dead letter.
        { State: AssetState.Failed } when message.Attempt == row.Attempts - 1 =>
            AssetOutcomes.Ended(message, row.ErrorCode ?? nameof(FailureReason.InternalError), row.LastError ?? ""),

        // The event was proven since, and names its assets anew.
        { } when row.Assurance.IsProven() != message.Assurance.IsProven() => Settlement.Completed,
        { IsFinal: true } => Settlement.Completed,
        _ => message.Attempt < row.Attempts ? Settlement.Completed : null,
    };

    private async Task<Settlement> ContinueAsync(AssetMessage message, TimeSpan wait, CancellationToken cancellationToken)
    {
        await queue.ContinueAsync(message, wait, cancellationToken);
        return Settlement.Completed;
    }

    /// <summary>For a row that a newer version wrote: an instance of that version does the work.</summary>
    private async Task<Settlement> PutBackAsync(AssetMessage message)
    {
        try
        {
            return await ContinueAsync(message, PutBackFor, CancellationToken.None);
        }
        catch (Exception away)
        {
            Log.NotScheduled(logger, message.Event.PartitionKey, message.Row, LoggedException.Of(away));
            return Settlement.Left;
        }
    }

    /// <summary>
    /// For what is not the source's failure: storage is away, or the app has an error. The row may be out of reach, so it is left as it is.
    /// </summary>
    private async Task<Settlement> PutBackAsync(AssetMessage message, MessageDelivery delivery, Exception failure)
    {
        var mayPass = StorageErrors.IsTransient(failure);
        try
        {
            if (clock.GetUtcNow() > message.QueuedAt + (mayPass ? StorageGiveUpAfter : RetrySchedule.GiveUpAfter))
            {
                return await GiveUpAsync(
                    message,
                    delivery,
                    mayPass ? "StorageAway" : nameof(FailureReason.InternalError),
                    $"The last attempt ended with {failure.GetType().Name}.");
            }

            return await ContinueAsync(
                message with { TransientFailures = message.TransientFailures + 1 }, RetrySchedule.Delay(message.TransientFailures), CancellationToken.None);
        }
        catch (Exception away)
        {
            Log.NotScheduled(logger, message.Event.PartitionKey, message.Row, LoggedException.Of(away));
            return Settlement.Left;
        }
    }

    /// <summary>Ends the row too, where it can be reached.</summary>
    private async Task<Settlement> GiveUpAsync(AssetMessage message, MessageDelivery delivery, string reason, string description)
    {
        try
        {
            if (await events.FindAssetAsync(message.Event.PartitionKey, message.Row, CancellationToken.None) is { IsFinal: false } row)
            {
                var (claim, _) = await AssetLease.TryAcquireAsync(
                    events, row, delivery, message.Attempt, _options.LeaseTime, clock, CancellationToken.None);
                if (claim is not null)
                {
                    await using (claim)
                    {
                        return await outcomes.FailAsync(message, claim, reason, description, CancellationToken.None);
                    }
                }
            }
        }
        catch (Exception failure) when (failure is not ServiceBusException)
        {
            Log.CouldNotGoOn(logger, message.Event.PartitionKey, message.Row, LoggedException.Of(failure));
        }

        return new Settlement.DeadLetter(reason, description);
    }

    private static string HostOf(string link) => Uri.TryCreate(link, UriKind.Absolute, out var uri) ? uri.IdnHost : "";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Event {Event}, {Asset}: storage is away, or the app has an error")]
        public static partial void CouldNotGoOn(ILogger logger, string @event, string asset, LoggedException failure);

        [LoggerMessage(2, LogLevel.Error, "Event {Event}, {Asset}: the queue is away, the message comes back when its lock expires")]
        public static partial void NotScheduled(ILogger logger, string @event, string asset, LoggedException failure);
    }
}
