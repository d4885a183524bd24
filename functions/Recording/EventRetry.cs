using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Recording;

/// <summary>Scheduler of an event's next attempt that sends it as a message of its own, until the deadline.</summary>
public sealed partial class EventRetry(
    EventStore events, RawEventStore rawEvents, QueueSenders senders, EventFailure failure, TimeProvider clock, ILogger<EventRetry> logger)
{
    // The wait of a suspect while another suspect is at work: about as long as recording an event may take.
    private static readonly TimeSpan ShortestTurn = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(30);

    // The wait of an event that continues in a new message. It lets the present one be completed before the new one may end the process.
    private static readonly TimeSpan ContinuationDelay = TimeSpan.FromSeconds(1);

    // How often the row of a waiting suspect is updated.
    private static readonly TimeSpan RecordEvery = TimeSpan.FromMinutes(5);

    /// <summary>Schedules the event again without counting an attempt, because nothing has failed. The deadline moves by the wait.</summary>
    public Task<Settlement> WaitAsync(EventMessage message, TimeSpan wait, string reason, CancellationToken cancellationToken) =>
        ScheduleAsync(message, Waiting(message, wait), clock.GetUtcNow() + wait, reason, cancellationToken);

    /// <summary>
    /// Continues an event in a new message, because the present one was delivered too often. The deliveries of the new one are counted from the
    /// beginning, so the row gets the number of starts.
    /// </summary>
    public Task<Settlement> ContinueAsync(EventMessage message, int starts, CancellationToken cancellationToken) => ScheduleAsync(
        message,
        Waiting(message, ContinuationDelay),
        clock.GetUtcNow() + ContinuationDelay,
        "Its message was delivered often without a result, and continues in a new one.",
        cancellationToken,
        starts);

    /// <summary>Schedules a suspect while another one is at work. This counts neither as an attempt nor as a start.</summary>
    public Task<Settlement> AwaitTurnAsync(EventMessage message, int starts, CancellationToken cancellationToken)
    {
        var minimum = ShortestTurn * Math.Pow(2, Math.Min(message.Waits, 8));
        var wait = (minimum < LongestTurn ? minimum : LongestTurn) * (1 + Random.Shared.NextDouble());
        return ScheduleAsync(
            message,
            Waiting(message, wait),
            clock.GetUtcNow() + wait,
            $"The worker process may have ended during each of its last {starts} starts. After four of them, such events are recorded one at a time.",
            cancellationToken,
            starts);
    }

    /// <summary>Schedules the next attempt after one that failed, or fails the event once the deadline would pass.</summary>
    /// <param name="message">The event.</param>
    /// <param name="reason">The failure of the attempt, as text for an operator.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <param name="isOutage">Whether storage or the broker was unavailable, which <see cref="OutageLog"/> logs once for all messages.</param>
    public Task<Settlement> RetryAsync(EventMessage message, string reason, CancellationToken cancellationToken, bool isOutage = false) =>
        RetryAsync(message, reason, () => FailAsync(message, reason, cancellationToken), cancellationToken, isOutage);

    /// <summary>Does the same as <see cref="RetryAsync(EventMessage, string, CancellationToken, bool)"/>, with another outcome once the deadline
    /// would pass.</summary>
    public async Task<Settlement> RetryAsync(
        EventMessage message, string reason, Func<Task<Settlement>> failAsync, CancellationToken cancellationToken, bool isOutage = false)
    {
        var now = clock.GetUtcNow();
        var firstAttemptAt = message.FirstAttemptAt ?? now;
        var next = now + RetrySchedule.Delay(message.Attempt);
        if (RetrySchedule.IsOver(firstAttemptAt, next))
        {
            return await failAsync();
        }

        var again = message with { Attempt = message.Attempt + 1, Waits = 0, FirstAttemptAt = firstAttemptAt };
        var settlement = await ScheduleAsync(message, again, next, reason, cancellationToken);
        if (settlement is Settlement.Complete && !isOutage)
        {
            Log.AttemptFailed(logger, LogText.Clean(message.Key.PartitionKey), again.Attempt, next, LogText.Clean(reason, 200));
        }

        return settlement;
    }

    private async Task<Settlement> FailAsync(EventMessage message, string reason, CancellationToken cancellationToken)
    {
        var description = $"Tried for 24 hours. {reason}";
        try
        {
            var row = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
            return await failure.FailAsync(message, row, DeadLetterReason.RetriesExhausted, description, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The row cannot be written, perhaps for the same cause. The dead letter carries the same description.
            Log.RowNotFailed(logger, LogText.Clean(message.Key.PartitionKey), LoggedException.ReasonOf(exception));
            return new Settlement.DeadLetter(DeadLetterReason.RetriesExhausted, description);
        }
    }

    private static EventMessage Waiting(EventMessage message, TimeSpan wait) =>
        message with { Waits = message.Waits + 1, FirstAttemptAt = message.FirstAttemptAt + wait };

    /// <param name="message">The message that is replaced.</param>
    /// <param name="again">The message that replaces it.</param>
    /// <param name="at">When it is delivered.</param>
    /// <param name="reason">The reason, as text for an operator.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <param name="starts">The number of starts that did not end; 0 if the event was worked on, which ends the start.</param>
    private async Task<Settlement> ScheduleAsync(
        EventMessage message, EventMessage again, DateTimeOffset at, string reason, CancellationToken cancellationToken, int starts = 0)
    {
        try
        {
            var next = (again with { Redrive = null }).ToMessage();
            next.ScheduledEnqueueTime = at;
            if (starts > 0)
            {
                // The next message counts on from the row.
                await RecordPendingRetryAsync(message, reason, at, starts, cancellationToken);
            }

            await senders.Events.SendMessageAsync(next, cancellationToken);
            if (starts == 0)
            {
                await RecordPendingRetryAsync(message, reason, at, starts, cancellationToken);
            }

            return new Settlement.Complete();
        }
        catch (Exception exception) when (exception is ServiceBusException or OperationCanceledException or TimeoutException)
        {
            Log.Cause(logger, message.Key.PartitionKey, LoggedException.From(exception));
            if (cancellationToken.IsCancellationRequested)
            {
                return new Settlement.LeaveLocked();
            }

            if (!BrokerErrors.IsTransient(exception))
            {
                Log.NotScheduled(logger, LogText.Clean(message.Key.PartitionKey), LoggedException.ReasonOf(exception));
            }

            // This also ends the start. A broker that refuses messages but delivers them would otherwise make a crasher of a healthy event.
            await RecordPendingRetryAsync(
                message,
                $"{reason} {WaitReasons.NextNotSent(exception)}",
                clock.GetUtcNow() + RetrySchedule.RedeliveredAfter,
                starts,
                cancellationToken);
            return new Settlement.LeaveLocked();
        }
    }

    /// <summary>
    /// Records on the event's row why it waits. Best effort: its message exists in any case, and storage may be what is unavailable.
    /// </summary>
    private async Task RecordPendingRetryAsync(EventMessage message, string reason, DateTimeOffset until, int starts, CancellationToken cancellationToken)
    {
        try
        {
            var now = clock.GetUtcNow();
            var found = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
            if (found is not (null or { State: EventState.Received })
                || (starts > 0 && found?.Starts >= starts && found.NextAttemptAt + RecordEvery > until))
            {
                return;
            }

            var row = found is null or { IsInterpreted: false, RawBlob: null }
                ? EventFailure.Uninterpreted(await ArchivedAsync(message, cancellationToken), now)
                : found;
            row.WithPendingRetry(reason, until, now).WithStarts(starts == 0 ? 0 : Math.Max(starts, found?.Starts ?? 0));
            _ = found is null
                ? await events.InsertAsync(row, [], cancellationToken)
                : await events.UpdateAsync(row == found ? row : row.Replacing(found), cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.Cause(logger, message.Key.PartitionKey, LoggedException.From(exception));
            if (!StorageErrors.IsTransient(exception))
            {
                Log.RetryNotRecorded(logger, LogText.Clean(message.Key.PartitionKey), LoggedException.ReasonOf(exception));
            }
        }
    }

    /// <summary>Returns the message that refers to the event's blob, if that exists already. The event can then be sent again without this
    /// message.</summary>
    private async Task<EventMessage> ArchivedAsync(EventMessage message, CancellationToken cancellationToken) =>
        message.ClaimCheck is null && await rawEvents.FindReceiptAsync(message.Key, cancellationToken) is { } receipt
            ? message.WithClaimCheck(RawEventStore.NameOf(message.Key), receipt)
            : message;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Event {Event}: cannot schedule a retry ({Reason}); the broker redelivers the message when its lock expires")]
        public static partial void NotScheduled(ILogger logger, string @event, string reason);

        [LoggerMessage(2, LogLevel.Warning, "Event {Event}: could not record the pending retry on the event row ({Reason})")]
        public static partial void RetryNotRecorded(ILogger logger, string @event, string reason);

        [LoggerMessage(3, LogLevel.Warning, "Event {Event}: failed for good, and its row could not be written ({Reason}); the dead letter holds the description")]
        public static partial void RowNotFailed(ILogger logger, string @event, string reason);

        [LoggerMessage(4, LogLevel.Warning, "Event {Event}: attempt {Attempt} failed, the next is at {Next:O}. {Reason}")]
        public static partial void AttemptFailed(ILogger logger, string @event, int attempt, DateTimeOffset next, string reason);

        [LoggerMessage(5, LogLevel.Debug, "Event {Event}: its retry could not be scheduled or recorded on its row")]
        public static partial void Cause(ILogger logger, string @event, LoggedException exception);
    }
}
