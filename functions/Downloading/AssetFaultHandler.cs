using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Handler of attempts that ended without a result from the source: storage is unavailable, the app has a defect, or a newer version wrote the row.
/// </summary>
public sealed partial class AssetFaultHandler(
    EventStore events, AssetLeases leases, AssetRequeuer requeuer, AssetOutcomes outcomes, TimeProvider clock, ILogger<AssetFaultHandler> logger)
{
    // After this long a storage outage is treated as permanent.
    private static readonly TimeSpan StorageRetryFor = TimeSpan.FromDays(14);

    /// <summary>Puts a message back for an instance of the newer version that wrote its row. Never throws.</summary>
    public Task<Settlement> PutBackAsync(AssetMessage message) =>
        UnlessUnavailableAsync(message, () => requeuer.ContinueAsync(message, RetrySchedule.PutBackFor, CancellationToken.None));

    /// <summary>Leaves the message locked, because no follow-up message can be sent. The broker redelivers it. Never throws.</summary>
    public async Task<Settlement> LeaveLockedAsync(AssetMessage message, Exception exception)
    {
        Log.Cause(logger, message.Event.PartitionKey, message.Row, LoggedException.From(exception));
        if (!BrokerErrors.IsTransient(exception))
        {
            Log.NotScheduled(logger, LogText.Clean(message.Event.PartitionKey), LogText.Clean(message.Source.Name, 40), LoggedException.ReasonOf(exception));
        }

        await RecordWaitAsync(
            message,
            WaitReasons.NextNotSent(exception),
            clock.GetUtcNow() + RetrySchedule.RedeliveredAfter);
        return new Settlement.LeaveLocked();
    }

    /// <summary>Records an attempt from the waiting line that was aborted. The asset's scheduled message tries again. Never throws.</summary>
    public Task RecordAbortedAsync(AssetMessage message, Exception exception) => RecordWaitAsync(message, WaitReasons.AfterFailure(exception), until: null);

    /// <summary>
    /// Schedules the attempt again after a growing wait, or fails it after a time that depends on the cause. Never throws. The row shows the wait,
    /// unless the table is unavailable too.
    /// </summary>
    public Task<Settlement> RetryOrFailAsync(AssetMessage message, MessageDelivery delivery, Exception exception)
    {
        var isTransient = StorageErrors.IsTransient(exception);
        if (!isTransient)
        {
            // A storage outage is logged once, for all messages.
            Log.Aborted(
                logger,
                LogText.Clean(message.Event.PartitionKey),
                LogText.Clean(message.Source.Name, 40),
                message.Attempt + 1,
                LoggedException.ReasonOf(exception),
                RetrySchedule.LongestDelayAfter(message.TransientFailures).TotalSeconds);
        }

        return UnlessUnavailableAsync(message, () => clock.GetUtcNow() > message.QueuedAt + (isTransient ? StorageRetryFor : RetrySchedule.RetryFor)
            ? FailAsync(
                message,
                delivery,
                isTransient ? DeadLetterReason.StorageUnavailable : DeadLetterReason.InternalError,
                WaitReasons.AfterFailure(exception))
            : ContinueAsync(message, WaitReasons.AfterFailure(exception)));
    }

    private async Task<Settlement> ContinueAsync(AssetMessage message, string reason)
    {
        var wait = RetrySchedule.Delay(message.TransientFailures);
        await RecordWaitAsync(message, reason, clock.GetUtcNow() + wait);
        return await requeuer.ContinueAsync(
            message.AfterWork() with { TransientFailures = message.TransientFailures + 1 }, wait, CancellationToken.None);
    }

    /// <summary>Records on the row why the asset waits. Blobs or the broker may be unavailable while the table is not. Never throws.</summary>
    private async Task RecordWaitAsync(AssetMessage message, string reason, DateTimeOffset? until)
    {
        using var grace = new CancellationTokenSource(RetrySchedule.RecordGrace, clock);
        try
        {
            await events.RecordWaitAsync(message.Event.PartitionKey, message.Row, message.Attempt, reason, until, clock.GetUtcNow(), grace.Token);
        }
        catch (Exception exception)
        {
            Log.WaitNotRecorded(logger, message.Event.PartitionKey, message.Row, LoggedException.From(exception));
        }
    }

    private async Task<Settlement> UnlessUnavailableAsync(AssetMessage message, Func<Task<Settlement>> settle)
    {
        try
        {
            return await settle();
        }
        catch (Exception exception)
        {
            return await LeaveLockedAsync(message, exception);
        }
    }

    /// <summary>Dead-letters the message, and marks the row as failed if storage answers.</summary>
    private async Task<Settlement> FailAsync(AssetMessage message, MessageDelivery delivery, DeadLetterReason reason, string description)
    {
        try
        {
            if (await events.FindAssetAsync(message.Event.PartitionKey, message.Row, CancellationToken.None) is { IsFinal: false } row
                && await leases.AcquireAsync(row, delivery, message.Attempt, CancellationToken.None) is LeaseResult.Acquired(var lease))
            {
                await using (lease)
                {
                    return await outcomes.FailAsync(message, lease, reason, description, CancellationToken.None);
                }
            }
        }
        catch (Exception exception) when (exception is not ServiceBusException)
        {
            Log.RowNotFailed(logger, LogText.Clean(message.Event.PartitionKey), LogText.Clean(message.Source.Name, 40), LoggedException.ReasonOf(exception));
        }

        return new Settlement.DeadLetter(reason, description);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Event {Event}, asset {Asset}: failed for good, and its row could not be written ({Reason}); the dead letter holds the description")]
        public static partial void RowNotFailed(ILogger logger, string @event, string asset, string reason);

        [LoggerMessage(2, LogLevel.Error, "Event {Event}, asset {Asset}: cannot schedule a retry ({Reason}); the broker redelivers the message when its lock expires")]
        public static partial void NotScheduled(ILogger logger, string @event, string asset, string reason);

        [LoggerMessage(3, LogLevel.Warning, "Event {Event}, asset {Asset}: attempt {Attempt} was aborted by an internal error ({Reason}) and is repeated within {Seconds:0} seconds")]
        public static partial void Aborted(ILogger logger, string @event, string asset, int attempt, string reason, double seconds);

        [LoggerMessage(4, LogLevel.Debug, "Event {Event}, {Asset}: cannot schedule a retry")]
        public static partial void Cause(ILogger logger, string @event, string asset, LoggedException exception);

        [LoggerMessage(5, LogLevel.Debug, "Event {Event}, {Asset}: cannot record on the row that it waits; its message is not affected")]
        public static partial void WaitNotRecorded(ILogger logger, string @event, string asset, LoggedException exception);
    }
}
