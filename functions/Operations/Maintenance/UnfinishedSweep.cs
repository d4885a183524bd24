using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Recovery;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>
/// Maintenance of the list of unfinished events that measures the age of the oldest and re-enqueues what has no pending message.
/// A safety net: for purged or recreated queues, and for unknown defects.
/// </summary>
public sealed partial class UnfinishedSweep(
    EventIndex index, EventStore events, EventResend resend, QueueBacklog backlog, WebhookMetrics metrics, TimeProvider clock, ILogger<UnfinishedSweep> logger)
{
    /// <summary>When an event whose messages were sent again is inspected next.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    // The longest that a message lives, and its retries.
    private static readonly TimeSpan LongestWithoutRow = TimeSpan.FromDays(16);

    // Of more due events than this, the oldest are inspected and the others wait for the next run.
    private const int MostAtOnce = 2000;

    private const int Concurrency = 8;

    /// <summary>Inspects every unfinished event once. Two runs at the same time send nothing twice that would have a second effect.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        DateTimeOffset? oldest = null;
        var due = new Queue<EventIndexEntry>();
        await foreach (var entry in index.UnfinishedAsync(DateTimeOffset.MinValue, now + StalledEventDetector.Grace, cancellationToken))
        {
            if (entry.ReceivedAt > now - StalledEventDetector.Grace || entry.NextCheckAt > now)
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
            var detector = new StalledEventDetector(
                now,
                await backlog.OldestAsync(QueueNames.WebhookEvents, cancellationToken),
                await backlog.OldestAsync(QueueNames.AssetDownloads, cancellationToken));
            var inspected = new OldestReceipt();
            await Parallel.ForEachAsync(
                due,
                new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
                async (entry, token) => await InspectAsync(entry, detector, inspected, token));
            oldest = inspected.Time < oldest ? inspected.Time : oldest ?? inspected.Time;
        }

        metrics.OldestUnfinished(oldest is { } time && time < now ? now - time : TimeSpan.Zero);
    }

    // Throws only when the host stops: an event that cannot be inspected must not keep the others from it.
    private async Task InspectAsync(EventIndexEntry entry, StalledEventDetector detector, OldestReceipt unfinished, CancellationToken cancellationToken)
    {
        try
        {
            if (await NextCheckAsync(entry, detector, cancellationToken) is not { } next)
            {
                await index.RemoveAsync(entry, cancellationToken);
                return;
            }

            unfinished.Observe(entry.ReceivedAt);
            await index.PostponeAsync(entry, next, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            unfinished.Observe(entry.ReceivedAt);
            Log.NotInspected(logger, entry.Event, LoggedException.Of(exception));
        }
    }

    /// <summary>Re-enqueues an event if it is stalled. Returns when to inspect it next, or null if it has ended.</summary>
    private async Task<DateTimeOffset?> NextCheckAsync(EventIndexEntry entry, StalledEventDetector detector, CancellationToken cancellationToken)
    {
        switch (await events.FindAsync(entry.Event, cancellationToken))
        {
            case null:
                // Its message is yet to come, or has become a dead letter, which will have a row.
                return entry.ReceivedAt > detector.Now - LongestWithoutRow ? detector.Now + Pause : null;

            case { IsFinal: true }:
                return null;

            case { State: EventState.Received } row:
                var lastActivity = row.NextAttemptAt ?? row.UpdatedAt;
                if (!detector.IsEventStalled(lastActivity))
                {
                    return detector.NextCheck(lastActivity);
                }

                // The suffix stays the same as long as the row does, so that the queue drops what a second run sends.
                if (await resend.TrySendEventAsync(row, $"s{row.UpdatedAt.UtcTicks}", cancellationToken))
                {
                    Log.SentAgain(logger, row.PartitionKey, 0);
                }
                else
                {
                    Log.NotRevived(logger, row.PartitionKey);
                }

                return detector.Now + Pause;

            case { } row:
                return await InspectAssetsAsync(row, detector, cancellationToken);
        }
    }

    private async Task<DateTimeOffset> InspectAssetsAsync(EventRow row, StalledEventDetector detector, CancellationToken cancellationToken)
    {
        var next = detector.Now + Pause;
        var stalled = new Dictionary<string, AssetRow>();
        await foreach (var asset in events.AssetsAsync(row.PartitionKey, cancellationToken))
        {
            if (asset.IsFinal)
            {
                continue;
            }

            var lastActivity = asset.ClaimedUntil ?? asset.NextAttemptAt ?? asset.UpdatedAt;
            if (detector.IsAssetStalled(lastActivity))
            {
                stalled.Add(asset.RowKey, asset);
            }
            else if (detector.NextCheck(lastActivity) is var check && check < next)
            {
                next = check;
            }
        }

        if (stalled.Count == 0)
        {
            return next;
        }

        if (await resend.SendAssetsAsync(row, stalled, cancellationToken) is not { } sent)
        {
            Log.NotRevived(logger, row.PartitionKey);
            return detector.Now + Pause;
        }

        Log.SentAgain(logger, row.PartitionKey, sent);
        return next;
    }

    /// <summary>The oldest time of receipt among events that turned out not to have ended; safe for concurrent use.</summary>
    private sealed class OldestReceipt
    {
        private readonly Lock _lock = new();

        public DateTimeOffset? Time { get; private set; }

        public void Observe(DateTimeOffset receivedAt)
        {
            lock (_lock)
            {
                Time = Time < receivedAt ? Time : receivedAt;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Event {Event} had no pending message; re-enqueued it with {Assets} of its assets")]
        public static partial void SentAgain(ILogger logger, string @event, int assets);

        [LoggerMessage(2, LogLevel.Error, "Event {Event} has no pending message and cannot be sent again: its body is gone, or its provider is off or denies it")]
        public static partial void NotRevived(ILogger logger, string @event);

        [LoggerMessage(3, LogLevel.Warning, "Event {Event} could not be inspected; the next run does")]
        public static partial void NotInspected(ILogger logger, string @event, LoggedException failure);
    }
}
