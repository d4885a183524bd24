using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>
/// Sender that re-drives messages that the broker itself dead-lettered (delivery count, expiry), with growing waits for 24 hours. Order: send,
/// record it on the row, complete the dead letter. A crash between any two repeats the whole. The new message's id contains the dead letter's
/// sequence number, so queue <c>webhook-events</c> drops a second copy. On the other queues the row makes it harmless.
/// </summary>
public sealed partial class DeadLetterRedrive(
    DeadLetterScan scan,
    QueueSenders senders,
    EventStore events,
    NotificationStore notifications,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<DeadLetterRedrive> logger)
{
    /// <summary>Returns whether a dead letter is to be re-driven. Otherwise it stays for an operator, who alone restarts what has failed.</summary>
    /// <param name="queue">The queue on which it was dead-lettered.</param>
    /// <param name="message">The dead letter.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task<bool> IsDueAsync(string queue, ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (queue == QueueNames.WebhookEvents)
        {
            // A replay sends an event's message while its row still shows the failure. The recorder reopens the row.
            return EventMessage.TryRead(message) is { } dead
                && NextOf(message, dead.Redrive, now) is not null
                && (await events.FindAsync(dead.Key.PartitionKey, cancellationToken))?.HasFailedSince(message.EnqueuedTime) is not true;
        }

        if (queue == QueueNames.JobNotifications)
        {
            return NotificationMessage.Read(message) is { } owed
                && NextOf(message, owed.Redrive, now) is not null
                && await notifications.FindAsync(owed.Event.PartitionKey, owed.Row, cancellationToken) is not { State: NotificationState.Failed };
        }

        return AssetMessage.TryRead(message) is { } deadAsset
            && NextOf(message, deadAsset.Redrive, now) is not null
            && await events.FindAssetAsync(deadAsset.Event.PartitionKey, deadAsset.Row, cancellationToken) is not { State: AssetState.Failed };
    }

    /// <summary>Re-drives dead letters.</summary>
    /// <param name="queue">The queue on which they were dead-lettered.</param>
    /// <param name="due">Their sequence numbers.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task RunAsync(string queue, IEnumerable<long> due, CancellationToken cancellationToken)
    {
        var left = due.ToHashSet();
        if (left.Count == 0)
        {
            return;
        }

        var sent = 0;
        await scan.RunAsync(
            queue,
            DeadLetterScan.MaintenanceLimit,
            () => left.Count > 0,
            async message =>
            {
                if (!left.Remove(message.SequenceNumber))
                {
                    return DeadLetterAction.Keep;
                }

                try
                {
                    if (!await TryRedriveAsync(queue, message, cancellationToken))
                    {
                        return DeadLetterAction.Keep;
                    }
                }
                catch (Exception exception) when (!StorageErrors.IsTransient(exception) && !BrokerErrors.IsTransient(exception))
                {
                    Log.NotRedriven(logger, queue, message.SequenceNumber, LoggedException.ReasonOf(exception));
                    return DeadLetterAction.Keep;
                }

                sent++;
                return DeadLetterAction.Complete;
            },
            cancellationToken);
        Log.Redriven(logger, queue, sent, left.Count);
    }

    private async Task<bool> TryRedriveAsync(string queue, ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        using var span = MessageTracing.StartReplay(queue, message);
        var now = clock.GetUtcNow();
        var isSent = queue switch
        {
            QueueNames.WebhookEvents => EventMessage.TryRead(message) is { } dead && await TrySendAsync(message, dead, now, cancellationToken),
            QueueNames.AssetDownloads => AssetMessage.TryRead(message) is { } deadAsset && await TrySendAsync(message, deadAsset, now, cancellationToken),
            _ => NotificationMessage.Read(message) is { } owed && await TrySendAsync(message, owed, now, cancellationToken),
        };
        if (isSent)
        {
            metrics.Redriven(queue, message.DeadLetterReason);
        }

        return isSent;
    }

    private async Task<bool> TrySendAsync(ServiceBusReceivedMessage message, EventMessage dead, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (NextOf(message, dead.Redrive, now) is not { } redrive)
        {
            return false;
        }

        var until = now + redrive.Delay;
        await SendAsync(senders.Events, dead.Redriven(redrive).ToMessage(), until, cancellationToken);
        if (await events.FindAsync(dead.Key.PartitionKey, cancellationToken) is { State: EventState.Received } row)
        {
            await events.UpdateAsync(row.WithPendingRetry(DescriptionOf(message, redrive), until, now), cancellationToken);
        }

        return true;
    }

    private async Task<bool> TrySendAsync(ServiceBusReceivedMessage message, AssetMessage dead, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (NextOf(message, dead.Redrive, now) is not { } redrive)
        {
            return false;
        }

        var until = now + redrive.Delay;
        await SendAsync(senders.Assets, dead.Redriven(redrive, now).ToMessage(), until, cancellationToken);
        await events.RecordWaitAsync(dead.Event.PartitionKey, dead.Row, dead.Attempt, DescriptionOf(message, redrive), until, now, cancellationToken);
        return true;
    }

    private async Task<bool> TrySendAsync(ServiceBusReceivedMessage message, NotificationMessage dead, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (NextOf(message, dead.Redrive, now) is not { } redrive)
        {
            return false;
        }

        var until = now + redrive.Delay;
        await SendAsync(senders.Notifications, (dead with { Redrive = redrive }).ToMessage(), until, cancellationToken);
        if (await notifications.FindAsync(dead.Event.PartitionKey, dead.Row, cancellationToken) is { State: NotificationState.Pending } row)
        {
            // The deadline restarts, as in the messages of events and assets.
            (row.FirstAttemptAt, row.NextAttemptAt, row.LastError, row.UpdatedAt) = (null, until, DescriptionOf(message, redrive), now);
            await notifications.UpdateAsync(row, cancellationToken);
        }

        return true;
    }

    private static Task SendAsync(ServiceBusSender sender, ServiceBusMessage message, DateTimeOffset at, CancellationToken cancellationToken)
    {
        message.ScheduledEnqueueTime = at;
        return sender.SendMessageAsync(message, cancellationToken);
    }

    private static Redrive? NextOf(ServiceBusReceivedMessage message, Redrive? last, DateTimeOffset now) =>
        Redrive.Next(message.DeadLetterReason, last, message.SequenceNumber, now);

    private static string DescriptionOf(ServiceBusReceivedMessage message, Redrive redrive) =>
        $"The broker dead-lettered its message ({message.DeadLetterReason}). Re-drive {redrive.Count} since {redrive.Since:u} is scheduled.";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Queue}: re-drove {Count} messages that the broker had dead-lettered; not reached: {Left}")]
        public static partial void Redriven(ILogger logger, string queue, int count, int left);

        [LoggerMessage(2, LogLevel.Error, "{Queue}: cannot re-drive dead letter {SequenceNumber} ({Reason}); a later run retries it")]
        public static partial void NotRedriven(ILogger logger, string queue, long sequenceNumber, string reason);
    }
}
