using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Takes an asset from the queue and sees to it that its row ends: claims it, makes one attempt, and writes down what came of it. Whatever ends
/// the process in between, the redelivered message finds on the row and in the container how far it was.
/// </summary>
public sealed partial class AssetProcessor(
    ProviderCatalog providers,
    EventStore events,
    EventLedger ledger,
    JobTombstones tombstones,
    QueueSenders senders,
    DownloadGate gate,
    AssetDownload download,
    AssetExpansion expansion,
    WebhookMetrics metrics,
    IOptions<AssetOptions> options,
    TimeProvider clock,
    ILogger<AssetProcessor> logger)
{
    private const string GaveUp = "GaveUp";

    // For a moment in which another worker changed the row, or a host has its fill.
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(5);

    // With storage away for that long nobody will mend it by waiting.
    private static readonly TimeSpan StorageGiveUpAfter = TimeSpan.FromDays(14);

    // Half of what the broker allows before it gives a message to the dead letters.
    private const int MaxDeliveries = 5;

    // For handing the work on while the host stops.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);

    private readonly AssetOptions _options = options.Value;

    /// <summary>Takes one asset. Never throws.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="delivery">Which delivery of its message this is.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    public async Task<MessageOutcome> ProcessAsync(AssetMessage message, MessageDelivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            return await TakeAsync(message, delivery, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return MessageOutcome.Left;
        }
        catch (ServiceBusException away)
        {
            Log.NotScheduled(logger, message.Event.PartitionKey, message.Row, away);
            return MessageOutcome.Left;
        }
        catch (Exception failure)
        {
            Log.CouldNotGoOn(logger, message.Event.PartitionKey, message.Row, failure);
            return await PutBackAsync(message, delivery, failure);
        }
    }

    private async Task<MessageOutcome> TakeAsync(AssetMessage message, MessageDelivery delivery, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(_options.RunTime, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        var row = await events.FindAssetAsync(message.Event.PartitionKey, message.Row, stopping);
        if (row is null)
        {
            return await tombstones.HasAsync(message.Event.Provider, message.JobId, stopping)
                ? MessageOutcome.Completed
                : new MessageOutcome.DeadLetter("UnknownAsset", "The asset has no row.");
        }

        if (AlreadySettled(message, row) is { } settled)
        {
            return settled;
        }

        using var place = await gate.EnterAsync(HostOf(message.Source.Url), stop.Token);
        if (place is null)
        {
            return await ContinueAsync(message, ShortWait * (1 + Random.Shared.NextDouble()), stopping);
        }

        var (claim, heldUntil) = await AssetClaim.TakeAsync(events, row, delivery, message.Attempt, _options.ClaimTime, clock, stop.Token);
        if (claim is null)
        {
            // The other's message may be lost with its worker: this one looks again when the claim has lapsed.
            return await ContinueAsync(message, (heldUntil - clock.GetUtcNow() ?? TimeSpan.Zero) + ShortWait, stopping);
        }

        await using (claim)
        {
            return delivery.DeliveryCount >= MaxDeliveries
                ? await RenewMessageAsync(message, claim, stopping)
                : await WorkAsync(message, claim, stop.Token, stopping);
        }
    }

    /// <summary>
    /// The processes died under the earlier deliveries. What they staged is there, and the work goes on in a fresh message: at its limit the broker
    /// would give this one to the dead letters. An asset that itself ends the processes comes to its end by its time.
    /// </summary>
    private async Task<MessageOutcome> RenewMessageAsync(AssetMessage message, AssetClaim claim, CancellationToken stopping)
    {
        if (clock.GetUtcNow() > message.QueuedAt + RetrySchedule.GiveUpAfter)
        {
            return await EndAsync(message, claim, GaveUp, "Tried for 24 hours. The process ended under the last attempts.", stopping);
        }

        return await HandOnAsync(message, claim);
    }

    private async Task<MessageOutcome> WorkAsync(AssetMessage message, AssetClaim claim, CancellationToken stop, CancellationToken stopping)
    {
        var started = clock.GetTimestamp();
        if (!providers.TryGet(message.Event.Provider, out var provider))
        {
            return await FailAsync(message, claim, new DownloadFailure(FailureReason.ProviderOff, "The provider is not configured."), stopping);
        }

        switch (await download.RunAsync(message, provider, claim, stop))
        {
            case AttemptEnd.Stored(var blob):
                if (message.Source.Expands)
                {
                    await expansion.RunAsync(message, blob, provider, stopping);
                }

                return await StoreAsync(message, claim, blob, clock.GetElapsedTime(started), stopping);

            case AttemptEnd.Failed(var failure, var advanced):
                return await FailAsync(message, claim, failure, stopping, advanced);

            case AttemptEnd.Interrupted(CanBeResumed: false) when !stopping.IsCancellationRequested:
                return await FailAsync(
                    message,
                    claim,
                    new DownloadFailure(FailureReason.TooSlow, $"It did not end within {_options.RunTime}, and the source cannot be asked for the rest."),
                    stopping);

            case AttemptEnd.Interrupted:
                return await HandOnAsync(message, claim);

            default:
                return await ContinueAsync(message, _options.ClaimTime, stopping);
        }
    }

    /// <summary>How to settle a message whose work was done or passed on before; null where it is not.</summary>
    private static MessageOutcome? AlreadySettled(AssetMessage message, AssetRow row)
    {
        if (row.State == AssetState.Failed && message.Attempt == row.Attempts - 1)
        {
            // A process died between the row and the dead letter.
            return new MessageOutcome.DeadLetter(row.ErrorCode ?? nameof(FailureReason.InternalError), row.LastError ?? "");
        }

        return row.HasEnded || message.Attempt < row.Attempts ? MessageOutcome.Completed : null;
    }

    private async Task<MessageOutcome> StoreAsync(
        AssetMessage message, AssetClaim claim, StoredBlob blob, TimeSpan duration, CancellationToken cancellationToken)
    {
        var stored = await claim.TryEndAsync(
            row =>
            {
                row.State = AssetState.Stored;
                row.Blob = blob.Name;
                row.Bytes = blob.Bytes;
                row.Sha256 = blob.Sha256;
                row.ContentType = blob.ContentType;
                row.Attempts = message.Attempt + 1;
                row.ErrorCode = null;
                row.LastError = null;
            },
            row => ledger.WriteAsync(row, AssetState.Downloading, cancellationToken),
            cancellationToken);
        if (!stored)
        {
            return await ContinueAsync(message, ShortWait, cancellationToken);
        }

        metrics.Stored(message.Event.Provider, blob.Bytes, duration);
        Activity.Current?.SetTag("webhook.blob", blob.Name);
        Log.Stored(logger, message.Event.PartitionKey, message.Row, blob.Name, blob.Bytes);
        return MessageOutcome.Completed;
    }

    private async Task<MessageOutcome> FailAsync(
        AssetMessage message, AssetClaim claim, DownloadFailure failure, CancellationToken cancellationToken, bool advanced = false)
    {
        var now = clock.GetUtcNow();
        // A download that comes nearer to its end with every attempt does not wait longer and longer.
        var wait = Longer(RetrySchedule.Delay(advanced ? 0 : message.Attempt), failure.RetryAfter);
        var givesUp = now + wait > message.QueuedAt + RetrySchedule.GiveUpAfter;
        if (failure.IsPermanent || givesUp)
        {
            return await EndAsync(
                message,
                claim,
                failure.IsPermanent ? failure.Reason.ToString() : GaveUp,
                failure.IsPermanent ? failure.Description : $"Tried for 24 hours, {message.Attempt + 1} times. {failure.Description}",
                cancellationToken);
        }

        // First the message, then the row, then the end of this one: whatever is missing when the process dies, something comes back.
        await ScheduleAsync(message with { Attempt = message.Attempt + 1, Continuation = 0, Setbacks = 0 }, wait, cancellationToken);
        var written = await claim.TryEndAsync(
            row =>
            {
                row.State = AssetState.Retrying;
                row.Attempts = message.Attempt + 1;
                row.NextAttemptAt = now + wait;
                row.ErrorCode = failure.Reason.ToString();
                row.LastError = Text.Bounded(failure.Description);
                if (failure.Reason == FailureReason.Corrupted)
                {
                    // Nothing of it is gone on with.
                    row.SourceValidator = null;
                }
            },
            row => events.TryUpdateAsync(row, cancellationToken),
            cancellationToken);
        if (written)
        {
            metrics.Retried(message.Event.Provider, failure.Reason.ToString());
            Log.AttemptFailed(logger, message.Event.PartitionKey, message.Row, message.Attempt, failure.Reason, failure.Description, wait);
        }

        return MessageOutcome.Completed;
    }

    private async Task<MessageOutcome> EndAsync(
        AssetMessage message, AssetClaim claim, string reason, string description, CancellationToken cancellationToken)
    {
        var ended = await claim.TryEndAsync(
            row =>
            {
                row.State = AssetState.Failed;
                row.Attempts = message.Attempt + 1;
                row.ErrorCode = reason;
                row.LastError = Text.Bounded(description);
            },
            row => ledger.WriteAsync(row, AssetState.Downloading, cancellationToken),
            cancellationToken);
        if (!ended)
        {
            return await ContinueAsync(message, ShortWait, cancellationToken);
        }

        metrics.Failed(message.Event.Provider, reason);
        return new MessageOutcome.DeadLetter(reason, description);
    }

    /// <summary>The download goes on in another message. Its attempt has not failed.</summary>
    private async Task<MessageOutcome> HandOnAsync(AssetMessage message, AssetClaim claim)
    {
        using var grace = new CancellationTokenSource(StopGrace, clock);
        await ScheduleAsync(message with { Continuation = message.Continuation + 1, Setbacks = 0 }, TimeSpan.Zero, grace.Token);
        await claim.TryEndAsync(_ => { }, row => events.TryUpdateAsync(row, grace.Token), grace.Token);
        return MessageOutcome.Completed;
    }

    private async Task<MessageOutcome> ContinueAsync(AssetMessage message, TimeSpan wait, CancellationToken cancellationToken)
    {
        await ScheduleAsync(message with { Continuation = message.Continuation + 1 }, wait, cancellationToken);
        return MessageOutcome.Completed;
    }

    /// <summary>
    /// For what is not the source's failure: storage is away, or the app has an error. The row may be out of reach, so it is left as it is.
    /// </summary>
    private async Task<MessageOutcome> PutBackAsync(AssetMessage message, MessageDelivery delivery, Exception failure)
    {
        var mayPass = StorageFailure.MayPass(failure);
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
                message with { Setbacks = message.Setbacks + 1 }, RetrySchedule.Delay(message.Setbacks), CancellationToken.None);
        }
        catch (Exception away)
        {
            Log.NotScheduled(logger, message.Event.PartitionKey, message.Row, away);
            return MessageOutcome.Left;
        }
    }

    /// <summary>Ends the row too, where it can be reached.</summary>
    private async Task<MessageOutcome> GiveUpAsync(AssetMessage message, MessageDelivery delivery, string reason, string description)
    {
        try
        {
            if (await events.FindAssetAsync(message.Event.PartitionKey, message.Row, CancellationToken.None) is { HasEnded: false } row)
            {
                var (claim, _) = await AssetClaim.TakeAsync(
                    events, row, delivery, message.Attempt, _options.ClaimTime, clock, CancellationToken.None);
                if (claim is not null)
                {
                    await using (claim)
                    {
                        return await EndAsync(message, claim, reason, description, CancellationToken.None);
                    }
                }
            }
        }
        catch (Exception failure) when (failure is not ServiceBusException)
        {
            Log.CouldNotGoOn(logger, message.Event.PartitionKey, message.Row, failure);
        }

        return new MessageOutcome.DeadLetter(reason, description);
    }

    private async Task ScheduleAsync(AssetMessage message, TimeSpan wait, CancellationToken cancellationToken)
    {
        var next = message.ToMessage();
        if (wait > TimeSpan.Zero)
        {
            next.ScheduledEnqueueTime = clock.GetUtcNow() + wait;
        }

        await senders.Assets.SendMessageAsync(next, cancellationToken);
    }

    private static TimeSpan Longer(TimeSpan wait, TimeSpan? asked) =>
        asked is not { } longer || longer <= wait ? wait : longer < RetrySchedule.Longest ? longer : RetrySchedule.Longest;

    private static string HostOf(string link) => Uri.TryCreate(link, UriKind.Absolute, out var uri) ? uri.IdnHost : "";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Event {Event}, {Asset}: stored as {Blob}, {Bytes} bytes")]
        public static partial void Stored(ILogger logger, string @event, string asset, string blob, long bytes);

        [LoggerMessage(2, LogLevel.Warning, "Event {Event}, {Asset}: attempt {Attempt} failed ({Reason}) and is made again in {Wait}. {Description}")]
        public static partial void AttemptFailed(
            ILogger logger, string @event, string asset, int attempt, FailureReason reason, string description, TimeSpan wait);

        [LoggerMessage(3, LogLevel.Warning, "Event {Event}, {Asset}: storage is away, or the app has an error")]
        public static partial void CouldNotGoOn(ILogger logger, string @event, string asset, Exception failure);

        [LoggerMessage(4, LogLevel.Error, "Event {Event}, {Asset}: the queue is away, the message comes back when its lock expires")]
        public static partial void NotScheduled(ILogger logger, string @event, string asset, Exception failure);
    }
}
