using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Recording;

/// <summary>
/// Takes an event from the queue: keeps its body, writes its row and its job's, and hands its assets on.
/// Every step can be repeated: a process may die between any two, and the redelivered message goes through all of them again.
/// </summary>
public sealed partial class EventRecorder(
    ProviderCatalog providers,
    EventStore events,
    JobStore jobs,
    EventReader reader,
    AssetDispatch dispatch,
    AssetHosts hosts,
    QueueSenders senders,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<EventRecorder> logger)
{
    /// <summary>With the waits of <see cref="RetrySchedule"/>, about 24 hours.</summary>
    public const int MaxAttempts = 33;

    /// <summary>The reason of an event that the provider's API does not confirm. It becomes no dead letter: strangers can send such events.</summary>
    public const string NotConfirmed = "NotConfirmed";

    // A rolling update takes minutes.
    private static readonly TimeSpan PutBackFor = TimeSpan.FromMinutes(5);

    /// <summary>Never throws: what failed and may pass is scheduled again, after a wait.</summary>
    public async Task<Settlement> ProcessAsync(EventMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await RecordAsync(message, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Settlement.Left;
        }
        catch (UnknownValueException unknown)
        {
            return await WaitAsync(message, PutBackFor, unknown.Message, cancellationToken);
        }
        catch (Exception failure)
        {
            Log.AttemptFailed(logger, message.Key.PartitionKey, message.Attempt, LoggedException.Of(failure));
            return await RetryAsync(message, $"The last attempt ended with {failure.GetType().Name}.", cancellationToken);
        }
    }

    private async Task<Settlement> RecordAsync(EventMessage message, CancellationToken cancellationToken)
    {
        // E1
        var row = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
        var isAgain = message.IsRefetch && row is { IsFinal: true, Assurance: Assurance.Unconfirmed };
        if (row is not null && !IsOpen(row) && !isAgain)
        {
            metrics.Duplicate(message.Key.Provider);
            return Settlement.Completed;
        }

        // A row that was understood is there only as long as its job was not erased.
        if (row is not { IsUnread: false } && await reader.IsSpentAsync(message, cancellationToken))
        {
            return Dropped(message);
        }

        if (!providers.TryGet(message.Key.Provider, out var provider))
        {
            return await RetryAsync(message, "The provider is not configured.", cancellationToken);
        }

        var reading = await reader.ReadAsync(message, provider, cancellationToken);
        if (reading is EventReading.Unreadable unreadable)
        {
            return await FailAsync(unreadable.Message, row, unreadable.Reason, unreadable.Description, cancellationToken, Unread(unreadable.Message, clock.GetUtcNow()));
        }

        if (reading is not EventReading.Understood understood)
        {
            return Dropped(message);
        }

        (message, var received, var interpreted, var rawBlob) = understood;

        // E5
        var confirmation = await provider.ConfirmIfNeededAsync(received, interpreted, cancellationToken);
        if (confirmation.Turn is { } turn)
        {
            return await AwaitTurnAsync(message, row, turn, cancellationToken);
        }

        if (confirmation.Unfinished is { } unfinished)
        {
            return message.Attempt < MaxAttempts
                ? await RetryAsync(message, unfinished, cancellationToken)
                : await DenyAsync(message, row, $"Asked for about 24 hours. {unfinished}", cancellationToken);
        }

        if (confirmation.Event is not { } confirmed)
        {
            var denied = EventRow.Create(received, WithoutResult(interpreted), rawBlob, clock.GetUtcNow());
            return await DenyAsync(message, row, confirmation.Denial!, cancellationToken, denied);
        }

        if (isAgain && !confirmed.Assurance.IsProven())
        {
            // The API said otherwise when the operator asked.
            return Settlement.Completed;
        }

        var said = confirmed with
        {
            // What the API says is so now, and not when its event says that it happened.
            OccurredAt = confirmed.Assurance == Assurance.Confirmed && !message.IsRecovered ? clock.GetUtcNow() : confirmed.OccurredAt,
            Assets = [.. confirmed.Assets.Select(source => hosts.HoldBack(source, provider, confirmed.Assurance))],
        };
        var origin = new AssetOrigin(received.Key, said.JobId ?? received.Key.WebhookId, said.Assurance, received.ReceivedAt);

        // E6, E7
        row = await InsertOrReopenAsync(EventRow.Create(received, said, rawBlob, clock.GetUtcNow()), row, origin, said.Assets, isAgain, cancellationToken);
        if (row is null)
        {
            return Settlement.Completed;
        }

        // E8, E9, E10
        await jobs.ApplyAsync(received, said, cancellationToken);
        await dispatch.SendAsync(origin, said.Assets, cancellationToken);
        await MarkDispatchedAsync(row, cancellationToken);
        return Settlement.Completed;
    }

    /// <summary>
    /// Shows on the event's row that its message lies in the dead letters, where the broker may have put it by itself; where the event has no row,
    /// it gets one. False where the row shows that the event's work was handed on, is awaited, or has failed, or that its job was erased.
    /// </summary>
    public async Task<bool> RecordDeadAsync(EventMessage message, string reason, string description, CancellationToken cancellationToken)
    {
        var row = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
        if (row is not null && (row.State != EventState.Received || row.NextAttemptAt > clock.GetUtcNow()))
        {
            return false;
        }

        var (understood, isErased) = row is { IsUnread: false } ? (null, false) : await InterpretDeadLetterAsync(message, cancellationToken);
        if (!isErased)
        {
            await FailAsync(message, row, reason, description, cancellationToken, understood);
        }

        return !isErased;
    }

    /// <summary>A row for an event whose message is dead, from what its body says, where that can be read; and whether it was erased.</summary>
    private async Task<(EventRow? Row, bool IsErased)> InterpretDeadLetterAsync(EventMessage message, CancellationToken cancellationToken)
    {
        if (await reader.IsSpentAsync(message, cancellationToken))
        {
            return (null, true);
        }

        if (!providers.TryGet(message.Key.Provider, out var provider))
        {
            return (null, false);
        }

        return await reader.ReadAsync(message, provider, cancellationToken) switch
        {
            EventReading.Understood(_, var received, var said, var rawBlob) =>
                (EventRow.Create(received, WithoutResult(said), rawBlob, clock.GetUtcNow()), false),
            EventReading.Unreadable(var read, _, _) => (Unread(read, clock.GetUtcNow()), false),
            _ => (null, true),
        };
    }

    private Settlement Dropped(EventMessage message)
    {
        Log.Erased(logger, message.Key.Provider);
        return Settlement.Completed;
    }

    /// <summary>
    /// The event's row in state <c>Received</c>, with the rows of all its assets; null where another delivery has done the whole work in the meantime.
    /// </summary>
    private async Task<EventRow?> InsertOrReopenAsync(
        EventRow fresh, EventRow? found, AssetOrigin origin, IReadOnlyList<AssetSource> assets, bool isAgain, CancellationToken cancellationToken)
    {
        const int PieceSize = EventStore.TransactionSize - 1;
        var pieces = dispatch.Rows(origin, assets).Chunk(PieceSize).ToList();
        if (found is null && await events.TryInsertAsync(fresh, pieces.FirstOrDefault([]), cancellationToken))
        {
            found = fresh;
            pieces = pieces[Math.Min(1, pieces.Count)..];
        }
        else
        {
            found = await events.FindAsync(fresh.PartitionKey, cancellationToken);
            if (found is { State: EventState.Failed } or { State: EventState.Received, IsUnread: true }
                // A process died before its work was handed on, and the next one has a key for the provider's API.
                || (found is { State: EventState.Received, Assurance: Assurance.Unconfirmed } && origin.Assurance.IsProven())
                || (isAgain && found is { IsFinal: true, Assurance: Assurance.Unconfirmed }))
            {
                found = await events.TryUpdateAsync(fresh.Replacing(found), cancellationToken) ? fresh : await events.FindAsync(fresh.PartitionKey, cancellationToken);
            }
        }

        if (found is not { State: EventState.Received })
        {
            return null;
        }

        if (found.Reopenings > 0 && origin.Assurance.IsProven())
        {
            // What the event was to bring before it was proven gives way. Its blobs stay.
            await events.RemoveUnconfirmedAssetsAsync(found.PartitionKey, cancellationToken);
        }

        foreach (var piece in pieces)
        {
            await events.TryAddAssetsAsync(piece, cancellationToken);
        }

        return found;
    }

    /// <summary>From here on the asset messages are on their queue: the event's state follows its counts.</summary>
    private async Task MarkDispatchedAsync(EventRow row, CancellationToken cancellationToken)
    {
        for (var current = row; current is { State: EventState.Received };)
        {
            if (await events.TryUpdateAsync(current.WithStateFromCounts(clock.GetUtcNow()), cancellationToken))
            {
                return;
            }

            // An asset ended in between and counted itself.
            current = await events.FindAsync(row.PartitionKey, cancellationToken);
        }
    }

    /// <summary>Puts the event back until it is its turn to be asked about, unless that is too far away.</summary>
    private async Task<Settlement> AwaitTurnAsync(EventMessage message, EventRow? row, TimeSpan turn, CancellationToken cancellationToken) =>
        turn > RetrySchedule.GiveUpAfter
            ? await DenyAsync(message, row, "Too many events waited for the provider's API to be asked about this one within 24 hours.", cancellationToken)
            : await WaitAsync(message, turn, "Waits for its turn to be confirmed by the provider's API.", cancellationToken);

    /// <summary>The API does not confirm the event. Its message is completed: strangers can send such events, and must not raise alerts by them.</summary>
    private async Task<Settlement> DenyAsync(
        EventMessage message, EventRow? found, string why, CancellationToken cancellationToken, EventRow? understood = null)
    {
        if (found is null or { State: EventState.Received or EventState.Failed })
        {
            await FailAsync(message, found, NotConfirmed, why, cancellationToken, understood);
            Log.Denied(logger, message.Key.PartitionKey, why);
        }

        return Settlement.Completed;
    }

    /// <summary>Puts the event back. It is no attempt: nothing that was tried has failed.</summary>
    private Task<Settlement> WaitAsync(EventMessage message, TimeSpan wait, string why, CancellationToken cancellationToken) =>
        ScheduleAsync(message, message with { Waits = message.Waits + 1 }, wait, why, cancellationToken);

    private async Task<Settlement> RetryAsync(EventMessage message, string why, CancellationToken cancellationToken)
    {
        if (message.Attempt >= MaxAttempts)
        {
            try
            {
                var row = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
                return await FailAsync(message, row, "GaveUp", $"Tried for about 24 hours. {why}", cancellationToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // The row cannot be written, which may be why it was given up: the dead letter says the same.
                Log.AttemptFailed(logger, message.Key.PartitionKey, message.Attempt, LoggedException.Of(failure));
                return new Settlement.DeadLetter("GaveUp", $"Tried for about 24 hours. {why}");
            }
        }

        return await ScheduleAsync(
            message, message with { Attempt = message.Attempt + 1, Waits = 0 }, RetrySchedule.Delay(message.Attempt), why, cancellationToken);
    }

    private async Task<Settlement> ScheduleAsync(
        EventMessage message, EventMessage again, TimeSpan wait, string why, CancellationToken cancellationToken)
    {
        try
        {
            var next = again.ToMessage();
            next.ScheduledEnqueueTime = clock.GetUtcNow() + wait;
            await senders.Events.SendMessageAsync(next, cancellationToken);
            await RecordPendingRetryAsync(message, why, next.ScheduledEnqueueTime, cancellationToken);
            return Settlement.Completed;
        }
        catch (Exception away) when (away is ServiceBusException or OperationCanceledException or TimeoutException)
        {
            Log.NotScheduled(logger, message.Key.PartitionKey, LoggedException.Of(away));
            return Settlement.Left;
        }
    }

    /// <summary>
    /// Shows on the event's row why it waits, so that whoever looks for it finds it. It is a courtesy: the next attempt is on its way already,
    /// and storage may be what the event waits for.
    /// </summary>
    private async Task RecordPendingRetryAsync(EventMessage message, string why, DateTimeOffset until, CancellationToken cancellationToken)
    {
        try
        {
            var now = clock.GetUtcNow();
            var row = await events.FindAsync(message.Key.PartitionKey, cancellationToken);
            if (row is null)
            {
                await events.TryInsertAsync(Unread(message, now).WithPendingRetry(why, until, now), [], cancellationToken);
            }
            else if (row.State == EventState.Received)
            {
                await events.TryUpdateAsync(row.WithPendingRetry(why, until, now), cancellationToken);
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Log.NotNoted(logger, message.Key.PartitionKey, LoggedException.Of(failure));
        }
    }

    private async Task<Settlement> FailAsync(
        EventMessage message, EventRow? found, string reason, string description, CancellationToken cancellationToken, EventRow? understood = null)
    {
        var now = clock.GetUtcNow();
        var row = found is { IsUnread: false } ? found : understood ?? found ?? Unread(message, now);
        if (found is null)
        {
            await events.TryInsertAsync(row.MarkFailed(reason, description, now), [], cancellationToken);
        }
        else
        {
            row = row == found ? found : row.Replacing(found);
            await events.TryUpdateAsync(row.MarkFailed(reason, description, now), cancellationToken);
        }

        return new Settlement.DeadLetter(reason, description);
    }

    private static EventRow Unread(EventMessage message, DateTimeOffset now) =>
        EventRow.CreateUnread(message.ToReceived(default), message.ClaimCheck, now);

    /// <summary>An event of which nothing is fetched. Where it is not proven, nothing is derived from it but what it is about.</summary>
    private static GenerationEvent WithoutResult(GenerationEvent said) => said.Assurance.IsProven()
        ? said with { Assets = [] }
        : new GenerationEvent { EventType = said.EventType, JobId = said.JobId };

    private static bool IsOpen(EventRow row) => row.State is EventState.Received or EventState.Failed;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Event {Event}: attempt {Attempt} failed")]
        public static partial void AttemptFailed(ILogger logger, string @event, int attempt, LoggedException failure);

        [LoggerMessage(2, LogLevel.Error, "Event {Event}: the queue is away, the message comes back when its lock expires")]
        public static partial void NotScheduled(ILogger logger, string @event, LoggedException failure);

        [LoggerMessage(3, LogLevel.Warning, "Event {Event}: its row could not be told that it waits")]
        public static partial void NotNoted(ILogger logger, string @event, LoggedException failure);

        [LoggerMessage(5, LogLevel.Warning, "Event {Event} is not confirmed, and nothing is derived from it. {Reason}")]
        public static partial void Denied(ILogger logger, string @event, string reason);

        [LoggerMessage(4, LogLevel.Information, "An event of {Provider} was dropped: it was erased, or its job was")]
        public static partial void Erased(ILogger logger, string provider);
    }
}
