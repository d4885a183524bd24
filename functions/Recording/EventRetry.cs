using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Recording;

/// <summary>Scheduler of an event's next attempt, as a message of its own, until the deadline.</summary>
public sealed partial class EventRetry(
    EventStore events, QueueSenders senders, EventFailure failure, TimeProvider clock, ILogger<EventRetry> logger)
{
    /// <summary>Schedules the event again without counting an attempt: nothing that was tried has failed. The deadline moves by the wait.</summary>
    public Task<Settlement> WaitAsync(EventMessage message, TimeSpan wait, string why, CancellationToken cancellationToken) => ScheduleAsync(
        message,
        message with { Waits = message.Waits + 1, FirstAttemptAt = message.FirstAttemptAt + wait },
        clock.GetUtcNow() + wait,
        why,
        cancellationToken);

    /// <summary>Schedules the next attempt after one that failed, or fails the event once the deadline would pass.</summary>
    public Task<Settlement> RetryAsync(EventMessage message, string why, CancellationToken cancellationToken) =>
        RetryAsync(message, why, () => GiveUpAsync(message, why, cancellationToken), cancellationToken);

    /// <summary>As <see cref="RetryAsync(EventMessage, string, CancellationToken)"/>, with another end once the deadline would pass.</summary>
    public async Task<Settlement> RetryAsync(EventMessage message, string why, Func<Task<Settlement>> giveUpAsync, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var firstAttemptAt = message.FirstAttemptAt ?? now;
        var next = now + RetrySchedule.Delay(message.Attempt);
        return RetrySchedule.IsOver(firstAttemptAt, next)
            ? await giveUpAsync()
            : await ScheduleAsync(
                message, message with { Attempt = message.Attempt + 1, Waits = 0, FirstAttemptAt = firstAttemptAt }, next, why, cancellationToken);
    }

    private async Task<Settlement> GiveUpAsync(EventMessage message, string why, CancellationToken cancellationToken)
    {
        var description = $"Tried for 24 hours. {why}";
        try
        {
            var row = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
            return await failure.FailAsync(message, row, DeadLetterReason.GaveUp, description, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The row cannot be written, which may be the cause: the dead letter says the same.
            Log.RowNotFailed(logger, message.Key.PartitionKey, LoggedException.Of(exception));
            return new Settlement.DeadLetter(DeadLetterReason.GaveUp, description);
        }
    }

    private async Task<Settlement> ScheduleAsync(
        EventMessage message, EventMessage again, DateTimeOffset at, string why, CancellationToken cancellationToken)
    {
        try
        {
            var next = again.ToMessage();
            next.ScheduledEnqueueTime = at;
            await senders.Events.SendMessageAsync(next, cancellationToken);
            await RecordPendingRetryAsync(message, why, at, cancellationToken);
            return new Settlement.Complete();
        }
        catch (Exception exception) when (exception is ServiceBusException or OperationCanceledException or TimeoutException)
        {
            Log.NotScheduled(logger, message.Key.PartitionKey, LoggedException.Of(exception));
            return new Settlement.LeaveLocked();
        }
    }

    /// <summary>
    /// Records on the event's row why it waits. Best effort: the retry is already scheduled, and storage may be what is unavailable.
    /// </summary>
    private async Task RecordPendingRetryAsync(EventMessage message, string why, DateTimeOffset until, CancellationToken cancellationToken)
    {
        try
        {
            var now = clock.GetUtcNow();
            var row = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
            if (row is null)
            {
                await events.InsertAsync(EventFailure.Uninterpreted(message, now).WithPendingRetry(why, until, now), [], cancellationToken);
            }
            else if (row.State == EventState.Received)
            {
                await events.UpdateAsync(row.WithPendingRetry(why, until, now), cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.RetryNotRecorded(logger, message.Key.PartitionKey, LoggedException.Of(exception));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Event {Event}: cannot schedule a retry; the message will be redelivered when its lock expires")]
        public static partial void NotScheduled(ILogger logger, string @event, LoggedException failure);

        [LoggerMessage(2, LogLevel.Warning, "Event {Event}: could not record the pending retry on the event row")]
        public static partial void RetryNotRecorded(ILogger logger, string @event, LoggedException failure);

        [LoggerMessage(3, LogLevel.Warning, "Event {Event}: given up, and its row could not be written; the dead letter says why")]
        public static partial void RowNotFailed(ILogger logger, string @event, LoggedException failure);
    }
}
