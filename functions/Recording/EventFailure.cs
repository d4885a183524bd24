using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Recording;

/// <summary>Recorder of events that fail as a whole, as opposed to their assets. Creates the row of an event that has none.</summary>
public sealed partial class EventFailure(
    ProviderCatalog providers, EventStore events, EventReader reader, TimeProvider clock, ILogger<EventFailure> logger)
{
    /// <summary>
    /// Marks the event <c>Failed</c> and dead-letters its message. If another message has dispatched the event in the meantime, the row stays as it
    /// is and the message is completed, because its work is done.
    /// </summary>
    /// <param name="message">The event's message.</param>
    /// <param name="found">The event's row as it was read; null if it has none.</param>
    /// <param name="reason">The dead letter's reason.</param>
    /// <param name="description">What happened, as text for an operator.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <param name="interpreted">A row that holds the interpreted event, if <paramref name="found"/> does not.</param>
    public async Task<Settlement> FailAsync(
        EventMessage message,
        EventRow? found,
        DeadLetterReason reason,
        string description,
        CancellationToken cancellationToken,
        EventRow? interpreted = null)
    {
        if (await MarkFailedAsync(message, found, reason.ToString(), description, interpreted, cancellationToken) is { } dispatched)
        {
            Log.NotFailed(logger, message.Key.PartitionKey, reason, dispatched.State);
            return new Settlement.Complete();
        }

        return new Settlement.DeadLetter(reason, description);
    }

    /// <summary>
    /// Marks the event as not confirmed by the provider's API, and completes its message. There is no dead letter, because strangers can send such
    /// events and must not be able to raise alerts.
    /// </summary>
    public async Task<Settlement> DenyAsync(
        EventMessage message, EventRow? found, string reason, CancellationToken cancellationToken, EventRow? interpreted = null)
    {
        if (await MarkFailedAsync(message, found, nameof(DeadLetterReason.NotConfirmed), reason, interpreted, cancellationToken) is null)
        {
            Log.Denied(logger, message.Key.PartitionKey, reason);
        }

        return new Settlement.Complete();
    }

    /// <summary>
    /// Marks the event <c>Failed</c> because its message was dead-lettered, possibly by the broker; creates the row if there is none.
    /// </summary>
    /// <param name="message">The dead letter.</param>
    /// <param name="enqueuedAt">When it was enqueued, UTC. A failure before that is of an earlier message, which an operator replayed.</param>
    /// <param name="reason">Its reason: a <see cref="DeadLetterReason"/>, or the text with which a person dead-lettered it.</param>
    /// <param name="description">Its description.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task<DeadLetterRecording> RecordDeadLetterAsync(
        EventMessage message, DateTimeOffset enqueuedAt, string reason, string description, CancellationToken cancellationToken)
    {
        while (true)
        {
            var row = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
            if (row is { IsOpen: false })
            {
                return DeadLetterRecording.AlreadyDispatched;
            }

            if (row?.HasFailedSince(enqueuedAt) is true)
            {
                return DeadLetterRecording.AlreadyFailed;
            }

            if (row?.NextAttemptAt > clock.GetUtcNow())
            {
                return DeadLetterRecording.RetryPending;
            }

            EventRow? interpreted = null;
            if (row is not { IsInterpreted: true })
            {
                if (await reader.IsSpentAsync(message, cancellationToken))
                {
                    return DeadLetterRecording.Erased;
                }

                if (providers.TryGet(message.Key.Provider, out var provider))
                {
                    var reading = await ReadAsync(message, provider, cancellationToken);
                    if (reading is EventReading.Erased)
                    {
                        return DeadLetterRecording.Erased;
                    }

                    interpreted = RowOf(reading);
                }
            }

            // If another delivery changed the row, it may have scheduled a retry or dispatched the work, so all of this is judged again.
            if (await WriteFailedAsync(message, row, reason, description, interpreted, cancellationToken) == WriteResult.Written)
            {
                return DeadLetterRecording.Recorded;
            }
        }
    }

    /// <summary>Returns a row for an event that was not interpreted.</summary>
    internal static EventRow Uninterpreted(EventMessage message, DateTimeOffset now) =>
        EventRow.CreateUninterpreted(message.ToReceived(default), message.ClaimCheck, now);

    /// <summary>Returns the event with nothing to fetch. For an unproven event only its identity, type and job remain.</summary>
    internal static GenerationEvent WithoutResult(GenerationEvent generation) => generation.Assurance.IsProven()
        ? generation with { Assets = [] }
        : new GenerationEvent { EventType = generation.EventType, JobId = generation.JobId, StandInJobId = generation.StandInJobId };

    /// <summary>
    /// Reads the event of a dead letter. Returns null if the provider's code cannot interpret it. The webhook id then stands in for its job, so that an
    /// erasure of that id finds the event.
    /// </summary>
    private async Task<EventReading?> ReadAsync(EventMessage message, WebhookProvider provider, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(message, provider, cancellationToken);
        }
        catch (Exception exception) when (!StorageErrors.IsTransient(exception) && exception is not UnknownValueException)
        {
            Log.Cause(logger, message.Key.PartitionKey, LoggedException.From(exception));
            Log.NotInterpreted(logger, LogText.Clean(message.Key.PartitionKey), LoggedException.ReasonOf(exception));
            await reader.ListAsync(message, providers.CanonicalJobId(message.Key.Provider, message.Key.WebhookId), cancellationToken);
            return null;
        }
    }

    private EventRow? RowOf(EventReading? reading) => reading switch
    {
        EventReading.Interpreted(_, var received, var generation, var rawBlob, _) =>
            EventRow.Create(received, WithoutResult(generation), rawBlob, clock.GetUtcNow()),
        EventReading.Unreadable(var read, _, _) => Uninterpreted(read, clock.GetUtcNow()),
        _ => null,
    };

    /// <summary>Marks an event as failed. Returns null, or the row that stays as it is because another message has dispatched the event.</summary>
    private async Task<EventRow?> MarkFailedAsync(
        EventMessage message, EventRow? found, string reason, string description, EventRow? interpreted, CancellationToken cancellationToken)
    {
        while (found is null or { IsOpen: true })
        {
            if (await WriteFailedAsync(message, found, reason, description, interpreted, cancellationToken) == WriteResult.Written)
            {
                return null;
            }

            found = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
        }

        return found;
    }

    /// <summary>Writes the failure, unless the row was changed or created since it was read.</summary>
    private async Task<WriteResult> WriteFailedAsync(
        EventMessage message, EventRow? found, string reason, string description, EventRow? interpreted, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = found is { IsInterpreted: true } ? found : interpreted ?? found ?? Uninterpreted(message, now);
        if (found is null)
        {
            return await events.InsertAsync(row.MarkFailed(reason, description, now), [], cancellationToken);
        }

        row = row == found ? found : row.Replacing(found);
        return await events.UpdateAsync(row.MarkFailed(reason, description, now), cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Event {Event} was not confirmed by the provider's API, so nothing is derived from it. {Reason}")]
        public static partial void Denied(ILogger logger, string @event, string reason);

        [LoggerMessage(2, LogLevel.Information, "Event {Event}: a message ends with {Reason}, and the row stays {State}, because another message did the work")]
        public static partial void NotFailed(ILogger logger, string @event, DeadLetterReason reason, EventState state);

        [LoggerMessage(3, LogLevel.Error, "Event {Event} cannot be interpreted ({Reason}), so the webhook id stands in for its job")]
        public static partial void NotInterpreted(ILogger logger, string @event, string reason);

        [LoggerMessage(4, LogLevel.Debug, "Event {Event} cannot be interpreted")]
        public static partial void Cause(ILogger logger, string @event, LoggedException exception);
    }
}
