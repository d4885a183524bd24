using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>
/// Replayer of dead letters that sends them back to their queue. Order: open the row, send the message under a new id, complete the dead letter. A
/// crash between any two leaves a dead letter that can be replayed again. The new id contains the dead letter's sequence number, so queue
/// <c>webhook-events</c> drops a second copy. On the other queues the row makes it harmless.
/// </summary>
public sealed partial class DeadLetterReplay(
    DeadLetterQueues deadLetters,
    DeadLetterScan scan,
    PostponedReplays postponed,
    QueueSenders senders,
    EventStore events,
    AssetCompletionWriter completions,
    NotificationStore notifications,
    TimeProvider clock,
    ILogger<DeadLetterReplay> logger)
{
    /// <summary>
    /// Replays the dead letters that <paramref name="request"/> names. Answers <c>replayed</c>, the number of messages sent, and <c>more</c>,
    /// whether to ask again. It also answers <c>done</c> (dead letters whose work was done or in progress, which were only removed) and
    /// <c>unreadable</c> (dead letters of other senders, which stay). <c>notFound</c> lists sequence numbers without a dead letter.
    /// </summary>
    /// <remarks>
    /// A request that reaches none of the dead letters that it names would not reach them if it were repeated. It leaves them to maintenance, and
    /// lists them as <c>later</c>.
    /// </remarks>
    public async Task<OperatorAnswer> RunAsync(string queue, ReplayRequest request, CancellationToken cancellationToken)
    {
        if (!request.IsValid)
        {
            return OperatorAnswer.BadRequest(ReplayRequest.Expected);
        }

        if (!DeadLetterQueues.Has(queue))
        {
            return OperatorAnswer.NotFound;
        }

        var progress = new ReplayProgress(request.SequenceNumbers?.ToHashSet());
        var more = await scan.RunAsync(
            queue, OperatorTimes.WorkLimit, () => progress.HasWork, message => ReplayAsync(queue, message, progress), cancellationToken);
        IReadOnlyList<long> later = [];
        if (progress.Left.Count > 0 && !(more && progress.HasAdvanced))
        {
            later = await deadLetters.FindAsync(queue, progress.Left, cancellationToken);
            await postponed.AddAsync(queue, later, cancellationToken);
            more = false;
        }

        Log.Replayed(logger, queue, progress.Replayed, progress.Done, more, later.Count);
        return OperatorAnswer.Ok(new
        {
            replayed = progress.Replayed,
            more,
            done = progress.Done,
            unreadable = progress.Unreadable,
            notFound = more ? [] : progress.Left.Except(later),
            later,
        });
    }

    /// <summary>
    /// Replays the dead letters of <paramref name="queue"/> that requests left to maintenance. Those that it does not reach either, and those that
    /// cannot be replayed at present, stay for its next run.
    /// </summary>
    public async Task ContinueAsync(string queue, CancellationToken cancellationToken)
    {
        var wanted = await postponed.ListAsync(queue, cancellationToken);
        if (wanted.Count == 0)
        {
            return;
        }

        // Without those that do not exist any more, for which the scan would go through the whole queue.
        var progress = new ReplayProgress([.. await deadLetters.FindAsync(queue, wanted, cancellationToken)]);
        var failed = new List<long>();
        var more = await scan.RunAsync(
            queue,
            DeadLetterScan.MaintenanceLimit,
            () => progress.HasWork,
            async message =>
            {
                try
                {
                    return await ReplayAsync(queue, message, progress);
                }
                catch (Exception exception) when (!StorageErrors.IsTransient(exception) && !BrokerErrors.IsTransient(exception))
                {
                    failed.Add(message.SequenceNumber);
                    Log.NotReplayed(logger, queue, message.SequenceNumber, LoggedException.ReasonOf(exception));
                    return DeadLetterAction.Keep;
                }
            },
            cancellationToken);
        var later = await deadLetters.FindAsync(queue, progress.Left.Concat(failed), cancellationToken);
        await postponed.RemoveAsync(queue, wanted.Except(later), cancellationToken);
        Log.Replayed(logger, queue, progress.Replayed, progress.Done, more, later.Count);
    }

    // Not cancelled: once the row is reopened, its message must be sent.
    private async Task<DeadLetterAction> ReplayAsync(string queue, ServiceBusReceivedMessage message, ReplayProgress progress)
    {
        if (!progress.TrySelect(message))
        {
            return DeadLetterAction.Keep;
        }

        using var span = MessageTracing.StartReplay(queue, message);
        var plan = queue switch
        {
            QueueNames.WebhookEvents => PlanEvent(message),
            QueueNames.AssetDownloads => await PlanAssetAsync(message),
            _ => await PlanNotificationAsync(message),
        };
        switch (plan)
        {
            case ReplayPlan.Unreadable:
                progress.Unreadable++;
                return DeadLetterAction.Keep;
            case ReplayPlan.Send(var next):
                await senders.To(queue).SendMessageAsync(next);
                progress.Sent.Add(ReplayPrefixOf(next.MessageId)!);
                progress.Replayed++;
                return DeadLetterAction.Complete;
            default:
                progress.Done++;
                return DeadLetterAction.Complete;
        }
    }

    // The recorder reopens the event's row, or finds that another delivery has done its work.
    private static ReplayPlan PlanEvent(ServiceBusReceivedMessage message) =>
        EventMessage.TryRead(message) is { } dead ? new ReplayPlan.Send(dead.Replayed(message.SequenceNumber).ToMessage()) : new ReplayPlan.Unreadable();

    private async Task<ReplayPlan> PlanAssetAsync(ServiceBusReceivedMessage message)
    {
        if (AssetMessage.TryRead(message) is not { } dead)
        {
            return new ReplayPlan.Unreadable();
        }

        while (await events.FindAssetAsync(dead.Event.PartitionKey, dead.Row, CancellationToken.None) is { } asset)
        {
            var now = clock.GetUtcNow();
            if (!asset.State.IsReplayable() || asset.IsAwaited(now))
            {
                return new ReplayPlan.NotNeeded();
            }

            var before = asset.State;
            asset.Reopen(now);
            if (await completions.WriteAsync(asset, before, CancellationToken.None) == WriteResult.Written)
            {
                return new ReplayPlan.Send(dead.Replayed(message.SequenceNumber, asset.Reopenings, now).ToMessage());
            }
        }

        return new ReplayPlan.NotNeeded();
    }

    private async Task<ReplayPlan> PlanNotificationAsync(ServiceBusReceivedMessage message)
    {
        if (NotificationMessage.Read(message) is not { } dead)
        {
            return new ReplayPlan.Unreadable();
        }

        // A pending notification without a scheduled message was reopened by a replay that died before it sent the message.
        var now = clock.GetUtcNow();
        var opened = await notifications.ChangeAsync(
            dead.Event.PartitionKey,
            dead.Row,
            row =>
            {
                if (row.State is not (NotificationState.Failed or NotificationState.Pending) || row.NextAttemptAt > now)
                {
                    return false;
                }

                row.Reopen(now);
                return true;
            },
            CancellationToken.None);
        return opened is null
            ? new ReplayPlan.NotNeeded()
            : new ReplayPlan.Send(dead.Replayed(message.SequenceNumber, opened.Reopenings).ToMessage());
    }

    /// <summary>Returns the common prefix of the ids of a replayed message and its later attempts; null if it was not replayed.</summary>
    private static string? ReplayPrefixOf(string? messageId)
    {
        // A message that was sent by hand may have no id.
        if (messageId?.LastIndexOf("/p", StringComparison.Ordinal) is not (>= 0 and var suffixStart))
        {
            return null;
        }

        var end = messageId.IndexOf('/', suffixStart + 1);
        return end < 0 ? messageId : messageId[..end];
    }

    /// <summary>Plan for a dead letter.</summary>
    private abstract record ReplayPlan
    {
        /// <summary>Send a message in its place.</summary>
        public sealed record Send(ServiceBusMessage Message) : ReplayPlan;

        /// <summary>Nothing to send: its work is done or in progress, or its event was erased.</summary>
        public sealed record NotNeeded : ReplayPlan;

        /// <summary>The app did not send it.</summary>
        public sealed record Unreadable : ReplayPlan;
    }

    /// <summary>Progress of a replay.</summary>
    /// <param name="wanted">The sequence numbers to replay; null for all.</param>
    private sealed class ReplayProgress(HashSet<long>? wanted)
    {
        public int Replayed { get; set; }

        public int Done { get; set; }

        public int Unreadable { get; set; }

        /// <summary>The message id prefixes of the messages that this replay sent.</summary>
        public HashSet<string> Sent { get; } = [];

        /// <summary>Whether a repetition of the request would get further.</summary>
        public bool HasAdvanced => Replayed + Done > 0;

        public bool HasWork => wanted is not { Count: 0 };

        /// <summary>The requested sequence numbers that were not found so far, in order.</summary>
        public IReadOnlyList<long> Left => wanted is null ? [] : [.. wanted.Order()];

        /// <summary>Returns whether to replay the message. A message that this replay sent itself and that was dead-lettered again is skipped;
        /// otherwise the replay might never end.</summary>
        public bool TrySelect(ServiceBusReceivedMessage message) =>
            wanted?.Remove(message.SequenceNumber) ?? !(ReplayPrefixOf(message.MessageId) is { } prefix && Sent.Contains(prefix));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Queue}: replayed {Replayed} dead letters, and removed {Done} whose work was done or in progress; more: {More}; left to maintenance: {Later}")]
        public static partial void Replayed(ILogger logger, string queue, int replayed, int done, bool more, int later);

        [LoggerMessage(2, LogLevel.Error, "{Queue}: cannot replay dead letter {SequenceNumber} ({Reason}); the next run, in five minutes, retries it")]
        public static partial void NotReplayed(ILogger logger, string queue, long sequenceNumber, string reason);
    }
}
