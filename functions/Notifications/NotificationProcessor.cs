using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Notifications.Targets;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Notifications;

/// <summary>
/// Processor of notification messages that makes one attempt each. Order: the attempt, the next message or the row's end, settle this message.
/// If the process ends before the last step, the broker redelivers the message, and the target gets the notification once more, with the same id.
/// </summary>
public sealed partial class NotificationProcessor(
    EventStore events,
    NotificationStore notifications,
    NotificationComposer composer,
    NotificationTargets targets,
    QueueSenders senders,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<NotificationProcessor> logger)
{
    /// <summary>Processes one message. Never throws.</summary>
    /// <param name="message">The notification.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task<Settlement> ProcessAsync(NotificationMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await NotifyAsync(message, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new Settlement.LeaveLocked();
        }
        catch (ServiceBusException exception)
        {
            Log.Cause(logger, message.Event.PartitionKey, message.Row, LoggedException.From(exception));
            await RecordWaitAsync(message, WaitReasons.NextNotSent(exception), RetrySchedule.RedeliveredAfter);
            return new Settlement.LeaveLocked();
        }
        catch (UnknownValueException)
        {
            return await WaitAsync(message, RetrySchedule.PutBackFor);
        }
        catch (Exception exception)
        {
            Log.Cause(logger, message.Event.PartitionKey, message.Row, LoggedException.From(exception));
            if (!StorageErrors.IsTransient(exception))
            {
                Log.Aborted(logger, LogText.Clean(message.Event.PartitionKey), message.Target, LoggedException.ReasonOf(exception));
            }

            var wait = RetrySchedule.Delay(message.Waits);
            await RecordWaitAsync(message, WaitReasons.AfterFailure(exception), wait);
            return await WaitAsync(message, wait);
        }
    }

    private async Task<Settlement> NotifyAsync(NotificationMessage message, CancellationToken cancellationToken)
    {
        // A row is missing if the job was erased. A dead letter would keep data that is to be erased.
        if (await events.FindAsync(message.Event.PartitionKey, cancellationToken) is not { } @event
            || await notifications.FindAsync(message.Event.PartitionKey, message.Row, cancellationToken) is not { } row)
        {
            return new Settlement.Complete();
        }

        if (row.State == NotificationState.Failed && message.Reopenings == row.Reopenings && message.Attempt == row.Attempts - 1)
        {
            // A process died between writing the row and dead-lettering the message.
            return new Settlement.DeadLetter(row.ErrorCode ?? nameof(DeadLetterReason.InternalError), row.LastError ?? "");
        }

        // The notification has ended, or has a later message. If the event was reopened, its next end sends the pending notifications.
        if (row.State != NotificationState.Pending || message.Reopenings < row.Reopenings || message.Attempt < row.Attempts || !@event.IsFinal)
        {
            return new Settlement.Complete();
        }

        if (row.Outcome != @event.Outcome)
        {
            return await EndAsync(message, NotificationState.Superseded, "The event was reopened and ended with another outcome.", cancellationToken);
        }

        if (targets.Find(row.Target) is not { } target)
        {
            return await EndAsync(message, NotificationState.Dropped, "The target is no longer configured, or its settings are invalid.", cancellationToken);
        }

        var assets = await events.AssetsAsync(row.PartitionKey, cancellationToken).ToListAsync(cancellationToken);
        var notification = await composer.ComposeAsync(@event, assets, row.NotificationId, cancellationToken);
        var started = clock.GetTimestamp();
        var delivery = await target.SendAsync(notification, cancellationToken);
        metrics.NotificationAttempted(NotifySettings.KindOf(row.Target), clock.GetElapsedTime(started));
        switch (delivery)
        {
            case NotificationDelivery.Accepted:
                return await EndAsync(message, NotificationState.Sent, null, cancellationToken);

            case NotificationDelivery.Refused(var reason, var description):
                return await FailAsync(message, reason, description, cancellationToken);

            case NotificationDelivery.Deferred deferred:
                return await RetryOrFailAsync(message, row, deferred, cancellationToken);

            default:
                throw new System.Diagnostics.UnreachableException(delivery.GetType().Name);
        }
    }

    private async Task<Settlement> RetryOrFailAsync(
        NotificationMessage message, NotificationRow row, NotificationDelivery.Deferred deferred, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var first = row.FirstAttemptAt ?? now;
        var wait = RetrySchedule.Delay(message.Attempt);
        if (deferred.After > wait)
        {
            wait = deferred.After < RetrySchedule.LongestDelay ? deferred.After.Value : RetrySchedule.LongestDelay;
        }

        var next = now + wait;
        if (RetrySchedule.IsOver(first, next))
        {
            return await FailAsync(
                message, DeadLetterReason.RetriesExhausted, $"Tried for 24 hours, {message.Attempt + 1} times. {deferred.Description}", cancellationToken);
        }

        await ScheduleAsync(message with { Attempt = message.Attempt + 1, Waits = 0 }, wait, cancellationToken);
        (row.Attempts, row.FirstAttemptAt, row.NextAttemptAt, row.UpdatedAt) = (message.Attempt + 1, first, next, now);
        (row.ErrorCode, row.LastError) = (deferred.Reason, BoundedText.WithoutTokens(deferred.Description));
        if (await notifications.UpdateAsync(row, cancellationToken) == WriteResult.Written)
        {
            metrics.NotificationRetried(NotifySettings.KindOf(row.Target), deferred.Reason);
            Log.AttemptFailed(
                logger, LogText.Clean(message.Event.PartitionKey), row.Target, row.Attempts, deferred.Reason, next, LogText.Clean(deferred.Description, 150));
        }

        return new Settlement.Complete();
    }

    private async Task<Settlement> FailAsync(
        NotificationMessage message, DeadLetterReason reason, string description, CancellationToken cancellationToken) =>
        await TryEndAsync(message, NotificationState.Failed, description, cancellationToken, reason)
            ? new Settlement.DeadLetter(reason, description)
            : new Settlement.Complete();

    private async Task<Settlement> EndAsync(NotificationMessage message, NotificationState state, string? description, CancellationToken cancellationToken)
    {
        await TryEndAsync(message, state, description, cancellationToken);
        return new Settlement.Complete();
    }

    /// <summary>Ends the notification. Returns false if another delivery has ended it, or its event was erased.</summary>
    private async Task<bool> TryEndAsync(
        NotificationMessage message, NotificationState state, string? description, CancellationToken cancellationToken, DeadLetterReason? reason = null)
    {
        var written = await notifications.ChangeAsync(
            message.Event.PartitionKey,
            message.Row,
            row =>
            {
                if (row.State != NotificationState.Pending || row.Reopenings != message.Reopenings)
                {
                    return false;
                }

                var now = clock.GetUtcNow();
                row.State = state;
                row.Attempts = message.Attempt + 1;
                row.NextAttemptAt = null;
                row.ErrorCode = reason?.ToString();
                row.LastError = BoundedText.WithoutTokens(description);
                row.SentAt = state == NotificationState.Sent ? now : null;
                row.UpdatedAt = now;
                return true;
            },
            cancellationToken);
        if (written is null)
        {
            return false;
        }

        metrics.NotificationEnded(NotifySettings.KindOf(written.Target), state, reason?.ToString());
        Log.Ended(logger, message.Event.PartitionKey, written.Target, state, written.NotificationId);
        return true;
    }

    /// <summary>Postpones the attempt without counting it. Never throws.</summary>
    private async Task<Settlement> WaitAsync(NotificationMessage message, TimeSpan wait)
    {
        try
        {
            await ScheduleAsync(message with { Waits = message.Waits + 1 }, wait, CancellationToken.None);
            return new Settlement.Complete();
        }
        catch (Exception exception)
        {
            Log.Cause(logger, message.Event.PartitionKey, message.Row, LoggedException.From(exception));
            return new Settlement.LeaveLocked();
        }
    }

    /// <summary>Records on the row why the notification waits. Blobs or the broker may be unavailable while the table is not. Never throws.</summary>
    private async Task RecordWaitAsync(NotificationMessage message, string reason, TimeSpan wait)
    {
        using var grace = new CancellationTokenSource(RetrySchedule.RecordGrace, clock);
        try
        {
            if (await notifications.FindAsync(message.Event.PartitionKey, message.Row, grace.Token) is { State: NotificationState.Pending } row
                && (row.Attempts, row.Reopenings) == (message.Attempt, message.Reopenings))
            {
                var now = clock.GetUtcNow();
                (row.NextAttemptAt, row.LastError, row.UpdatedAt) = (now + wait, BoundedText.WithoutTokens(reason), now);
                await notifications.UpdateAsync(row, grace.Token);
            }
        }
        catch (Exception exception)
        {
            Log.Cause(logger, message.Event.PartitionKey, message.Row, LoggedException.From(exception));
        }
    }

    private async Task ScheduleAsync(NotificationMessage message, TimeSpan wait, CancellationToken cancellationToken)
    {
        var next = (message with { Redrive = null }).ToMessage();
        next.ScheduledEnqueueTime = clock.GetUtcNow() + wait;
        await senders.Notifications.SendMessageAsync(next, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}, {Row}: the attempt was aborted and is repeated")]
        public static partial void Cause(ILogger logger, string @event, string row, LoggedException exception);

        [LoggerMessage(2, LogLevel.Warning, "Event {Event}, target {Target}: the attempt was aborted by an internal error ({Reason}) and is repeated")]
        public static partial void Aborted(ILogger logger, string @event, string target, string reason);

        [LoggerMessage(3, LogLevel.Warning, "Event {Event}, target {Target}: attempt {Attempt} failed ({Reason}), the next is at {Next:O}. {Description}")]
        public static partial void AttemptFailed(
            ILogger logger, string @event, string target, int attempt, string reason, DateTimeOffset next, string description);

        [LoggerMessage(4, LogLevel.Information, "Event {Event}, target {Target}: notification {Notification} ended as {State}")]
        public static partial void Ended(ILogger logger, string @event, string target, NotificationState state, string notification);
    }
}
