using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>
/// Sends dead letters back to their queue: the row first, then the message under a new id, then the dead letter is removed. A process that dies between
/// two of these leaves a dead letter that can be replayed again. The new id is made of the dead letter's sequence number, so that queue
/// <c>webhook-events</c> drops the second of two; on the other queues the row makes it harmless.
/// </summary>
public sealed partial class DeadLetterReplay(
    DeadLetterScan scan,
    QueueSenders senders,
    EventStore events,
    AssetCompletionWriter completions,
    NotificationStore notifications,
    TimeProvider clock,
    ILogger<DeadLetterReplay> logger)
{
    /// <summary>
    /// Replays what <paramref name="request"/> says. Answers <c>replayed</c> (how many were sent again) and <c>more</c> (ask again). It also answers
    /// <c>done</c> (dead letters whose work was done or is under way, and which were only removed) and <c>unreadable</c> (dead letters of other
    /// senders, which were left). <c>notFound</c> has the sequence numbers that no dead letter has. Those that were not reached are not among them:
    /// <c>more</c> is true then.
    /// </summary>
    public async Task<OperatorAnswer> RunAsync(string queue, ReplayRequest request, CancellationToken cancellationToken)
    {
        if (!request.IsSound)
        {
            return OperatorAnswer.BadRequest(ReplayRequest.Expected);
        }

        if (!DeadLetterQueues.Has(queue))
        {
            return OperatorAnswer.NotFound;
        }

        var progress = new ReplayProgress(request.SequenceNumbers?.ToHashSet());
        var more = await scan.RunAsync(queue, () => progress.Wants, message => ReplayAsync(queue, message, progress), cancellationToken);
        Log.Replayed(logger, queue, progress.Replayed, progress.Done, more);
        return OperatorAnswer.Ok(new
        {
            replayed = progress.Replayed,
            more,
            done = progress.Done,
            unreadable = progress.Unreadable,
            notFound = more ? [] : progress.Left,
        });
    }

    // Not cancelled: a row that was opened again has a message to follow.
    private async Task<DeadLetterAction> ReplayAsync(string queue, ServiceBusReceivedMessage message, ReplayProgress progress)
    {
        if (!progress.TrySelect(message))
        {
            return DeadLetterAction.Keep;
        }

        using var span = MessageTracing.StartReplay(queue, message);
        var again = queue switch
        {
            QueueNames.WebhookEvents => EventAgain(message),
            QueueNames.AssetDownloads => await AssetAgainAsync(message),
            _ => await NotificationAgainAsync(message),
        };
        switch (again)
        {
            case Replay.Unreadable:
                progress.Unreadable++;
                return DeadLetterAction.Keep;
            case Replay.Send(var next):
                await senders.To(queue).SendMessageAsync(next);
                progress.Sent.Add(MarkOf(next.MessageId)!);
                progress.Replayed++;
                return DeadLetterAction.Complete;
            default:
                progress.Done++;
                return DeadLetterAction.Complete;
        }
    }

    // The recorder opens the event's row again, or finds that another delivery has done its work.
    private static Replay EventAgain(ServiceBusReceivedMessage message) =>
        EventMessage.TryRead(message) is { } dead ? new Replay.Send(dead.Replayed(message.SequenceNumber).ToMessage()) : new Replay.Unreadable();

    private async Task<Replay> AssetAgainAsync(ServiceBusReceivedMessage message)
    {
        if (AssetMessage.TryRead(message) is not { } dead)
        {
            return new Replay.Unreadable();
        }

        while (await events.FindAssetAsync(dead.Event.PartitionKey, dead.Row, CancellationToken.None) is { } asset)
        {
            var now = clock.GetUtcNow();
            if (!asset.State.IsReplayable() || asset.IsAwaited(now))
            {
                return new Replay.NotNeeded();
            }

            var before = asset.State;
            asset.Reopen(now);
            if (await completions.WriteAsync(asset, before, CancellationToken.None) == WriteResult.Written)
            {
                return new Replay.Send(dead.Replayed(message.SequenceNumber, asset.Reopenings, now).ToMessage());
            }
        }

        return new Replay.NotNeeded();
    }

    private async Task<Replay> NotificationAgainAsync(ServiceBusReceivedMessage message)
    {
        if (NotificationMessage.Read(message) is not { } dead)
        {
            return new Replay.Unreadable();
        }

        // One that is owed and has no message waiting was opened again by a replay that did not get further.
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
            ? new Replay.NotNeeded()
            : new Replay.Send(dead.Replayed(message.SequenceNumber, opened.Reopenings).ToMessage());
    }

    /// <summary>What the ids of a replayed message and of all its later attempts begin with; null where it was not replayed.</summary>
    private static string? MarkOf(string? messageId)
    {
        // A message that was sent by hand may lack an id.
        if (messageId?.LastIndexOf("/p", StringComparison.Ordinal) is not (>= 0 and var mark))
        {
            return null;
        }

        var end = messageId.IndexOf('/', mark + 1);
        return end < 0 ? messageId : messageId[..end];
    }

    /// <summary>What is to be done for a dead letter.</summary>
    private abstract record Replay
    {
        /// <summary>A message takes its place.</summary>
        public sealed record Send(ServiceBusMessage Message) : Replay;

        /// <summary>Its work is done, is under way, or its event was erased.</summary>
        public sealed record NotNeeded : Replay;

        /// <summary>It is none of ours.</summary>
        public sealed record Unreadable : Replay;
    }

    /// <summary>How far a replay is.</summary>
    /// <param name="wanted">The sequence numbers; null for all.</param>
    private sealed class ReplayProgress(HashSet<long>? wanted)
    {
        public int Replayed { get; set; }

        public int Done { get; set; }

        public int Unreadable { get; set; }

        /// <summary>The marks of what was sent.</summary>
        public HashSet<string> Sent { get; } = [];

        public bool Wants => wanted is not { Count: 0 };

        /// <summary>The sequence numbers that were asked for and have not come, in order.</summary>
        public IReadOnlyList<long> Left => wanted is null ? [] : [.. wanted.Order()];

        /// <summary>Whether the message is to be replayed. One that this very run has sent, and that has died again since, is not: the run would never end.</summary>
        public bool TrySelect(ServiceBusReceivedMessage message) =>
            wanted?.Remove(message.SequenceNumber) ?? !(MarkOf(message.MessageId) is { } mark && Sent.Contains(mark));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Queue}: {Replayed} dead letters were replayed and {Done} removed, whose work was done or under way; more: {More}")]
        public static partial void Replayed(ILogger logger, string queue, int replayed, int done, bool more);
    }
}
