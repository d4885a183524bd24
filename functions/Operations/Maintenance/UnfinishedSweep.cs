using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Recovery;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>
/// Goes over the events that have not ended, tells the age of the oldest, and sends again what no message will wake any more. That should never
/// happen: it is for a message that was purged by hand, a queue that was made anew, and whatever nobody thought of.
/// </summary>
public sealed partial class UnfinishedSweep(
    EventIndex index,
    EventStore events,
    KeptEvents keptEvents,
    AssetRevival revival,
    AssetDispatch dispatch,
    QueueSenders senders,
    QueueBacklog backlog,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<UnfinishedSweep> logger)
{
    /// <summary>
    /// What shows no sign of life for so long after its time is taken to be forgotten: thrice the lock of a message, whose worker died, takes as long.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    /// <summary>When an event that was sent again is looked at again.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    // The longest that a message lives, and its retries.
    private static readonly TimeSpan LongestWithoutRow = TimeSpan.FromDays(16);

    // Of more events than this whose time has come, the oldest come first and the others in the next run.
    private const int MostAtOnce = 2000;

    private const int Concurrency = 8;

    /// <summary>Goes over all of them once. Doing so twice at the same time sends nothing twice that would have a second effect.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        DateTimeOffset? oldest = null;
        var due = new Queue<EventIndexEntry>();
        await foreach (var entry in index.UnfinishedAsync(DateTimeOffset.MinValue, now + Grace, cancellationToken))
        {
            if (entry.ReceivedAt > now - Grace || entry.LookAgainAt > now)
            {
                oldest = entry.ReceivedAt;
                continue;
            }

            due.Enqueue(entry);
            if (due.Count > MostAtOnce)
            {
                due.Dequeue();
            }
        }

        if (due.Count > 0)
        {
            var look = new Look(
                now,
                await backlog.OldestAsync(Queues.WebhookEvents, cancellationToken),
                await backlog.OldestAsync(Queues.AssetDownloads, cancellationToken));
            await Parallel.ForEachAsync(
                due,
                new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
                async (entry, token) => await LookAtAsync(entry, look, token));
            oldest = look.Oldest < oldest ? look.Oldest : oldest ?? look.Oldest;
        }

        metrics.OldestUnfinished(oldest is { } time && time < now ? now - time : TimeSpan.Zero);
    }

    // Never throws but for the host's stop: one event that cannot be looked at must not keep the others from it.
    private async Task LookAtAsync(EventIndexEntry entry, Look look, CancellationToken cancellationToken)
    {
        try
        {
            if (await NextLookAsync(entry, look, cancellationToken) is not { } again)
            {
                await index.RemoveAsync(entry, cancellationToken);
                return;
            }

            look.Saw(entry.ReceivedAt);
            await index.LookAgainAsync(entry, again, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            look.Saw(entry.ReceivedAt);
            Log.NotLookedAt(logger, entry.Event, failure);
        }
    }

    /// <summary>Sees to an event; when to look at it again, or null where it has ended.</summary>
    private async Task<DateTimeOffset?> NextLookAsync(EventIndexEntry entry, Look look, CancellationToken cancellationToken)
    {
        switch (await events.FindAsync(entry.Event, cancellationToken))
        {
            case null:
                // Its message is still to come, or has become a dead letter, which will have a row.
                return entry.ReceivedAt > look.Now - LongestWithoutRow ? look.Now + Pause : null;

            case { HasEnded: true }:
                return null;

            case { State: EventState.Received } row:
                var sign = row.NextAttemptAt ?? row.UpdatedAt;
                if (!look.IsForgotten(sign, look.OldestEvent))
                {
                    return look.Next(sign);
                }

                await SendAgainAsync(row, cancellationToken);
                return look.Now + Pause;

            case { } row:
                return await LookAtAssetsAsync(row, look, cancellationToken);
        }
    }

    private async Task SendAgainAsync(EventRow row, CancellationToken cancellationToken)
    {
        // The same as long as the row is: of two runs at once the queue drops the second message.
        if (KeptEvents.MessageOf(row, $"s{row.UpdatedAt.UtcTicks}") is not { } message)
        {
            Log.NotRevived(logger, row.PartitionKey);
            return;
        }

        Log.SentAgain(logger, row.PartitionKey, 0);
        await senders.Events.SendMessageAsync(message.ToMessage(), cancellationToken);
    }

    private async Task<DateTimeOffset> LookAtAssetsAsync(EventRow row, Look look, CancellationToken cancellationToken)
    {
        var again = look.Now + Pause;
        var forgotten = new Dictionary<string, AssetRow>();
        await foreach (var asset in events.AssetsAsync(row.PartitionKey, cancellationToken))
        {
            if (asset.HasEnded)
            {
                continue;
            }

            var sign = asset.ClaimedUntil ?? asset.NextAttemptAt ?? asset.UpdatedAt;
            if (look.IsForgotten(sign, look.OldestAsset))
            {
                forgotten.Add(asset.RowKey, asset);
            }
            else if (look.Next(sign) is var next && next < again)
            {
                again = next;
            }
        }

        if (forgotten.Count == 0)
        {
            return again;
        }

        if (await keptEvents.ReadAsync(row, cancellationToken) is not { } kept)
        {
            Log.NotRevived(logger, row.PartitionKey);
            return look.Now + Pause;
        }

        var messages = await revival.MessagesAsync(kept, cancellationToken)
            .Where(message => forgotten.ContainsKey(message.Row))
            .Select(message => message with { Attempt = forgotten[message.Row].Attempts })
            .ToListAsync(cancellationToken);
        Log.SentAgain(logger, row.PartitionKey, messages.Count);
        await dispatch.SendAsync(messages, cancellationToken);
        return again;
    }

    /// <summary>What one run goes by.</summary>
    /// <param name="now">When it began.</param>
    /// <param name="oldestEvent">Since when the oldest message has waited on queue <c>webhook-events</c>.</param>
    /// <param name="oldestAsset">The same of queue <c>asset-downloads</c>.</param>
    private sealed class Look(DateTimeOffset now, DateTimeOffset oldestEvent, DateTimeOffset oldestAsset)
    {
        private readonly Lock _lock = new();

        public DateTimeOffset Now => now;

        public DateTimeOffset OldestEvent => oldestEvent;

        public DateTimeOffset OldestAsset => oldestAsset;

        /// <summary>When the oldest event was received that turned out not to have ended.</summary>
        public DateTimeOffset? Oldest { get; private set; }

        public void Saw(DateTimeOffset receivedAt)
        {
            lock (_lock)
            {
                Oldest = Oldest < receivedAt ? Oldest : receivedAt;
            }
        }

        /// <summary>Whether nothing was heard since <paramref name="sign"/> for too long, and no message from that time is left in the queue.</summary>
        public bool IsForgotten(DateTimeOffset sign, DateTimeOffset oldestWaiting) => sign + Grace < now && sign < oldestWaiting;

        public DateTimeOffset Next(DateTimeOffset sign) => sign + Grace > now ? sign + Grace : now + Grace;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Event {Event} was forgotten and is sent again, with {Assets} of its assets")]
        public static partial void SentAgain(ILogger logger, string @event, int assets);

        [LoggerMessage(2, LogLevel.Error, "Event {Event} was forgotten and cannot be sent again: its body is gone, or its provider is off or denies it")]
        public static partial void NotRevived(ILogger logger, string @event);

        [LoggerMessage(3, LogLevel.Warning, "Event {Event} could not be looked at")]
        public static partial void NotLookedAt(ILogger logger, string @event, Exception failure);
    }
}
