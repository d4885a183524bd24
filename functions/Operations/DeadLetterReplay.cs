using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Operations;

/// <summary>
/// Sends dead letters back to their queue: the row first, then the message under a new id, then the dead letter is removed. Whoever dies between
/// two of these leaves a dead letter that can be replayed again. The new id is made of the dead letter's sequence number, so that queue
/// <c>webhook-events</c> drops the second of two; on <c>asset-downloads</c> the asset's row makes it harmless.
/// </summary>
public sealed partial class DeadLetterReplay(
    DeadLetters deadLetters, QueueSenders senders, EventStore events, EventLedger ledger, TimeProvider clock, ILogger<DeadLetterReplay> logger)
{
    /// <summary>After this no further message is taken: the answer comes within a minute.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromSeconds(40);

    // A fiftieth of a second for each: the replayed work must not push aside what comes in, and Service Bus Standard has 1,000 operations
    // a second for all.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    // What is not to be replayed is held until the end, or it would be received again and again. Each takes memory for its body.
    private const int MaxHeld = 1000;

    private const int BatchSize = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Replays what <paramref name="request"/> says. Answers <c>replayed</c> (how many were sent again), <c>done</c> (dead letters whose work was
    /// done or is under way, which were only removed), <c>unreadable</c> (none of ours, which were left) and <c>more</c> (ask again).
    /// </summary>
    public async Task<OperatorAnswer> RunAsync(string queue, ReplayRequest request, CancellationToken cancellationToken)
    {
        if (!request.IsSound)
        {
            return OperatorAnswer.BadRequest(ReplayRequest.Expected);
        }

        if (deadLetters.Open(queue) is not { } receiver)
        {
            return OperatorAnswer.NotFound;
        }

        await using (receiver)
        {
            var run = new Run(request.SequenceNumbers?.ToHashSet());
            try
            {
                await RunAsync(queue, receiver, run, cancellationToken);
            }
            finally
            {
                await ReleaseAsync(receiver, run.Held);
            }

            Log.Replayed(logger, queue, run.Replayed, run.Done, run.More);
            return OperatorAnswer.Ok(new { replayed = run.Replayed, more = run.More, done = run.Done, unreadable = run.Unreadable });
        }
    }

    private async Task RunAsync(string queue, ServiceBusReceiver receiver, Run run, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (run.Wants && run.Held.Count < MaxHeld)
        {
            if (clock.GetElapsedTime(started) >= Budget)
            {
                run.More = true;
                return;
            }

            var batch = await receiver.ReceiveMessagesAsync(BatchSize, Patience, cancellationToken);
            if (batch.Count == 0)
            {
                return;
            }

            var begun = clock.GetTimestamp();
            foreach (var message in batch)
            {
                if (!run.Take(message))
                {
                    run.Held.Add(message);
                    continue;
                }

                await ReplayAsync(queue, receiver, message, run, cancellationToken);
            }

            var rest = Pace * batch.Count - clock.GetElapsedTime(begun);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, clock, cancellationToken);
            }
        }

        run.More = run.Wants;
    }

    private async Task ReplayAsync(
        string queue, ServiceBusReceiver receiver, ServiceBusReceivedMessage message, Run run, CancellationToken cancellationToken)
    {
        var (sender, again) = queue == Queues.WebhookEvents
            ? (senders.Events, EventAgain(message))
            : (senders.Assets, await AssetAgainAsync(message, cancellationToken));
        switch (again)
        {
            case Again.Unreadable:
                run.Unreadable++;
                run.Held.Add(message);
                return;
            case Again.Send(var next):
                await sender.SendMessageAsync(next, cancellationToken);
                run.Sent.Add(MarkOf(next.MessageId)!);
                run.Replayed++;
                break;
            default:
                run.Done++;
                break;
        }

        // Once it is sent it must go, also where whoever asked has hung up.
        await receiver.CompleteMessageAsync(message, CancellationToken.None);
    }

    // The recorder opens the event's row again, or finds that another delivery has done its work.
    private static Again EventAgain(ServiceBusReceivedMessage message) =>
        EventMessage.TryRead(message) is { } dead ? new Again.Send(dead.Replayed(message.SequenceNumber).ToMessage()) : new Again.Unreadable();

    private async Task<Again> AssetAgainAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        if (AssetMessage.TryRead(message) is not { } dead)
        {
            return new Again.Unreadable();
        }

        while (await events.FindAssetAsync(dead.Event.PartitionKey, dead.Row, cancellationToken) is { } asset)
        {
            var now = clock.GetUtcNow();
            if (asset.State is AssetState.Stored or AssetState.Recorded || asset.IsAwaited(now))
            {
                return new Again.Needless();
            }

            var before = asset.State;
            asset.Reopen(now);
            if (await ledger.WriteAsync(asset, before, cancellationToken))
            {
                return new Again.Send(dead.Replayed(message.SequenceNumber, now).ToMessage());
            }
        }

        return new Again.Needless();
    }

    private async Task ReleaseAsync(ServiceBusReceiver receiver, List<ServiceBusReceivedMessage> held)
    {
        foreach (var piece in held.Chunk(BatchSize))
        {
            try
            {
                await Task.WhenAll(piece.Select(message => receiver.AbandonMessageAsync(message)));
            }
            catch (ServiceBusException away)
            {
                Log.NotReleased(logger, piece.Length, away);
            }
        }
    }

    /// <summary>What the ids of a replayed message and of all its later attempts begin with; null where it was not replayed.</summary>
    private static string? MarkOf(string messageId)
    {
        var mark = messageId.LastIndexOf("/p", StringComparison.Ordinal);
        if (mark < 0)
        {
            return null;
        }

        var end = messageId.IndexOf('/', mark + 1);
        return end < 0 ? messageId : messageId[..end];
    }

    /// <summary>What is to be done for a dead letter.</summary>
    private abstract record Again
    {
        /// <summary>A message takes its place.</summary>
        public sealed record Send(ServiceBusMessage Message) : Again;

        /// <summary>Its work is done, is under way, or its event was erased.</summary>
        public sealed record Needless : Again;

        /// <summary>It is none of ours.</summary>
        public sealed record Unreadable : Again;
    }

    /// <summary>How far a replay is.</summary>
    /// <param name="wanted">The sequence numbers; null for all.</param>
    private sealed class Run(HashSet<long>? wanted)
    {
        public int Replayed { get; set; }

        public int Done { get; set; }

        public int Unreadable { get; set; }

        public bool More { get; set; }

        /// <summary>Received and not to be replayed.</summary>
        public List<ServiceBusReceivedMessage> Held { get; } = [];

        /// <summary>The marks of what was sent.</summary>
        public HashSet<string> Sent { get; } = [];

        public bool Wants => wanted is not { Count: 0 };

        /// <summary>Whether the message is to be replayed. One that this very run has sent, and that has died again since, is not: the run would never end.</summary>
        public bool Take(ServiceBusReceivedMessage message) =>
            wanted?.Remove(message.SequenceNumber) ?? !(MarkOf(message.MessageId) is { } mark && Sent.Contains(mark));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Queue}: {Replayed} dead letters were replayed and {Done} removed, whose work was done or under way; more: {More}")]
        public static partial void Replayed(ILogger logger, string queue, int replayed, int done, bool more);

        [LoggerMessage(2, LogLevel.Warning, "{Count} dead letters could not be released: they can be received when their locks expire")]
        public static partial void NotReleased(ILogger logger, int count, Exception failure);
    }
}
