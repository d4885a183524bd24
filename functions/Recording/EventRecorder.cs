using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Recording;

/// <summary>
/// Recorder of event messages that keeps the body, writes the event's row and its job's, and dispatches its assets. Every step is idempotent: a
/// process may die between any two, and the redelivered message repeats all of them.
/// </summary>
public sealed partial class EventRecorder(
    ProviderCatalog providers,
    EventStore events,
    JobStore jobs,
    EventReader reader,
    EventOpener opener,
    AssetDispatch dispatch,
    EventAnnouncements announcements,
    AssetHosts hosts,
    EventRetry retry,
    EventFailure failure,
    EventStarts starts,
    SuspectGate suspects,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<EventRecorder> logger)
{
    /// <summary>Processes one message. Never throws: after a transient failure the next attempt is scheduled.</summary>
    /// <param name="message">The event.</param>
    /// <param name="delivery">Which delivery of its message this is.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task<Settlement> ProcessAsync(EventMessage message, MessageDelivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            return await BeginAsync(message, delivery, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new Settlement.LeaveLocked();
        }
        catch (UnknownValueException exception)
        {
            return await retry.WaitAsync(message, RetrySchedule.PutBackFor, exception.Message, cancellationToken);
        }
        catch (Exception exception)
        {
            Log.Cause(logger, message.Key.PartitionKey, message.Attempt, LoggedException.From(exception));
            return await retry.RetryAsync(
                message,
                WaitReasons.AfterFailure(exception),
                cancellationToken,
                isOutage: StorageErrors.IsTransient(exception) || BrokerErrors.IsTransient(exception));
        }
    }

    /// <summary>Begins the recording of an event. A suspect, whose earlier starts ended with the process, begins only while no other suspect
    /// runs.</summary>
    private async Task<Settlement> BeginAsync(EventMessage message, MessageDelivery delivery, CancellationToken cancellationToken)
    {
        while (true)
        {
            // E1
            var row = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
            var isRefetch = message.IsRefetch && row is { IsFinal: true, Assurance: Assurance.Unconfirmed };
            if (row is { IsOpen: false } && !isRefetch)
            {
                // A process may have died after the event ended and before the messages of its notifications were sent.
                await announcements.SendOwedAsync(row, cancellationToken);
                metrics.Duplicate(message.Key.Provider);
                return new Settlement.Complete();
            }

            var before = EventStarts.Before(row, delivery);
            if (before == 0)
            {
                return await RecordAsync(message, row, isRefetch, isFirst: message.Attempt == 0, cancellationToken);
            }

            var start = WorkStarts.Next(before);
            if (start == WorkStart.Parked)
            {
                // FailAsync is used for unproven events too: no other copy of the body may exist, and a replay needs it.
                return await failure.FailAsync(
                    message,
                    row,
                    DeadLetterReason.CrashesWorker,
                    $"The worker process ended {before} times in a row while it worked on this event, {WorkStarts.AsSuspect} of them while no other suspect ran.",
                    cancellationToken);
            }

            if (delivery.IsNearDeliveryLimit)
            {
                return await retry.ContinueAsync(message, before, cancellationToken);
            }

            using var turn = start == WorkStart.Suspect ? suspects.TryEnter() : null;
            if (start == WorkStart.Suspect && turn is null)
            {
                return await retry.AwaitTurnAsync(message, before, cancellationToken);
            }

            if (await starts.TryRecordAsync(message, row, before, cancellationToken) is { } started)
            {
                return await RecordAsync(message, started, isRefetch, isFirst: false, cancellationToken);
            }
        }
    }

    private async Task<Settlement> RecordAsync(
        EventMessage message, EventRow? row, bool isRefetch, bool isFirst, CancellationToken cancellationToken)
    {
        // An interpreted row implies that the job was not erased, so the webhook id is not spent.
        var mayBeSpent = row is not { IsInterpreted: true };
        if (!providers.TryGet(message.Key.Provider, out var provider))
        {
            return mayBeSpent && await reader.IsSpentAsync(message, cancellationToken)
                ? Dropped(message)
                : await retry.RetryAsync(message, "The provider is not configured.", cancellationToken);
        }

        switch (await reader.ReadAsync(message, provider, cancellationToken, mayBeSpent, listsLater: isFirst))
        {
            case EventReading.Interpreted reading:
                return await ConfirmAsync(reading, provider, row, isRefetch, cancellationToken);

            case EventReading.Unreadable(var read, var reason, var description):
                return await failure.FailAsync(
                    read, row, reason, description, cancellationToken, EventFailure.Uninterpreted(read, clock.GetUtcNow()));

            default:
                return Dropped(message);
        }
    }

    private async Task<Settlement> ConfirmAsync(
        EventReading.Interpreted reading, WebhookProvider provider, EventRow? row, bool isRefetch, CancellationToken cancellationToken)
    {
        var (message, received, interpreted, rawBlob, unlisted) = reading;

        // E4
        switch (await provider.ConfirmIfNeededAsync(received, interpreted, cancellationToken))
        {
            case Confirmation.Postponed(var turn):
                return await AwaitTurnAsync(message, row, turn, cancellationToken);

            case Confirmation.Unfinished(var reason) when interpreted.Assurance.IsProven():
                return await retry.RetryAsync(message, reason, cancellationToken);

            case Confirmation.Unfinished(var reason):
                return await retry.RetryAsync(
                    message, reason, () => failure.DenyAsync(message, row, $"Asked for 24 hours. {reason}", cancellationToken), cancellationToken);

            case Confirmation.Denied(var reason):
                var denied = EventRow.Create(received, EventFailure.WithoutResult(interpreted), rawBlob, clock.GetUtcNow());
                return await failure.DenyAsync(message, row, reason, cancellationToken, denied);

            // The event was confirmed before, and the API denied it when the operator asked again.
            case Confirmation.Believed(var confirmed) when isRefetch && !confirmed.Assurance.IsProven():
                return new Settlement.Complete();

            case Confirmation.Believed(var confirmed):
                var generation = hosts.Restrict(confirmed, provider) with
                {
                    // The API reports the state at the time of the call, not at the time of the event.
                    OccurredAt = confirmed.Assurance == Assurance.Confirmed && !message.IsRecovered ? clock.GetUtcNow() : confirmed.OccurredAt,
                };
                return await WriteAsync(received, generation, rawBlob, unlisted, row, isRefetch, cancellationToken);

            case var other:
                throw new System.Diagnostics.UnreachableException(other.GetType().Name);
        }
    }

    private async Task<Settlement> WriteAsync(
        ReceivedEvent received,
        GenerationEvent generation,
        string rawBlob,
        JobEvent? unlisted,
        EventRow? found,
        bool isRefetch,
        CancellationToken cancellationToken)
    {
        var origin = AssetOrigin.From(received, generation);

        // E5, E6, E7
        var applied = jobs.ApplyAsync(received, generation, cancellationToken, unlisted);
        var newRow = EventRow.Create(received, generation, rawBlob, clock.GetUtcNow());
        await announcements.MarkAsync(newRow, generation, applied);
        var opened = await opener.OpenAsync(newRow, found, origin, generation.Assets, isRefetch, applied, cancellationToken);
        metrics.Recorded(received.Key.Provider, generation.Assurance);
        if (opened is var (row, pending))
        {
            // E8, E9
            await dispatch.SendAsync(origin with { IsFirstOfJob = (await applied).IsFirst }, pending, cancellationToken);
            await MarkDispatchedAsync(row, cancellationToken);
            if (generation.WaitsFor is { } setting)
            {
                Log.WaitsForSetting(logger, row.PartitionKey, setting);
            }
        }

        return new Settlement.Complete();
    }

    /// <summary>Marks the event as dispatched: its asset messages are on their queue, and from now on its state follows from its counts.</summary>
    private async Task MarkDispatchedAsync(EventRow row, CancellationToken cancellationToken)
    {
        for (var current = row; current is { State: EventState.Received };)
        {
            if (await events.UpdateAsync(current.WithStateFromCounts(clock.GetUtcNow()), cancellationToken) == WriteResult.Written)
            {
                return;
            }

            // An asset has ended in between, and changed the row.
            current = await events.FindAsync(row.PartitionKey, cancellationToken);
        }
    }

    /// <summary>Schedules the event for its turn to be confirmed, or denies it if the turn is after the deadline.</summary>
    private async Task<Settlement> AwaitTurnAsync(EventMessage message, EventRow? row, TimeSpan turn, CancellationToken cancellationToken) =>
        turn > RetrySchedule.RetryFor
            ? await failure.DenyAsync(
                message, row, "Too many events waited for the provider's API, so it could not be asked about this one within 24 hours.", cancellationToken)
            : await retry.WaitAsync(message, turn, "Waits for its turn to be confirmed by the provider's API.", cancellationToken);

    private Settlement.Complete Dropped(EventMessage message)
    {
        Log.Erased(logger, message.Key.Provider);
        return new Settlement.Complete();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}: attempt {Attempt} failed")]
        public static partial void Cause(ILogger logger, string @event, int attempt, LoggedException exception);

        [LoggerMessage(5, LogLevel.Warning, "Event {Event}: its result is not fetched, because {Setting} is not set; set it and refetch the event")]
        public static partial void WaitsForSetting(ILogger logger, string @event, string setting);

        [LoggerMessage(4, LogLevel.Information, "Dropped an event of {Provider}: the event or its job was erased")]
        public static partial void Erased(ILogger logger, string provider);
    }
}
