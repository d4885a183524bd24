using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Recovery;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>
/// Maintenance of the list of unfinished events that measures the age of the oldest and re-enqueues work without a pending message. Work that cannot
/// be sent again ends as failed. It is a safety net for purged or recreated queues, and for unknown defects.
/// </summary>
public sealed partial class UnfinishedSweep(
    EventIndex index,
    EventStore events,
    AssetCompletionWriter completions,
    NotificationStore notifications,
    INotificationDispatch dispatch,
    EventResend resend,
    QueueBacklog backlog,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<UnfinishedSweep> logger)
{
    /// <summary>The wait before an event is inspected again after its messages were re-enqueued.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    // The longest time during which an event without a row may still have a message, including its retries.
    private static readonly TimeSpan LongestWithoutRow = TimeSpan.FromDays(16);

    // The maximum number of due events that one run inspects, the oldest first. The others wait for the next run.
    private const int MaxPerRun = 2000;

    private const int Concurrency = 8;

    private const string NeverStored = "its body was never stored";

    /// <summary>Inspects every due unfinished event. Two concurrent runs may send a message twice, but the second one has no effect.</summary>
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
            if (due.Count > MaxPerRun)
            {
                due.Dequeue();
            }
        }

        if (due.Count > 0)
        {
            // The queues are read before the rows. Work that continues in between then has a message in the snapshot, or a newer row.
            var queues = new Queues(
                now,
                await backlog.ReadAsync(QueueNames.WebhookEvents, cancellationToken),
                await backlog.ReadAsync(QueueNames.AssetDownloads, cancellationToken),
                await backlog.ReadAsync(QueueNames.JobNotifications, cancellationToken));
            var inspected = new OldestReceipt();
            await Parallel.ForEachAsync(
                due,
                new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
                async (entry, token) => await InspectAsync(entry, queues, inspected, token));
            oldest = inspected.Time < oldest ? inspected.Time : oldest ?? inspected.Time;
        }

        metrics.OldestUnfinished(oldest is { } time && time < now ? now - time : TimeSpan.Zero);
    }

    // Inspects an event. Throws only when the host stops, so that an event that cannot be inspected does not block the others.
    private async Task InspectAsync(EventIndexEntry entry, Queues queues, OldestReceipt unfinished, CancellationToken cancellationToken)
    {
        try
        {
            if (await NextCheckAsync(entry, queues, cancellationToken) is not { } next)
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
            Log.Cause(logger, entry.Event, LoggedException.From(exception));
            if (!StorageErrors.IsTransient(exception) && !BrokerErrors.IsTransient(exception))
            {
                Log.NotInspected(logger, entry.Event, LoggedException.ReasonOf(exception));
            }
        }
    }

    /// <summary>Re-enqueues an event if it is stalled, or fails it if that is impossible. Returns when to inspect it next, or null if it has ended.</summary>
    private async Task<DateTimeOffset?> NextCheckAsync(EventIndexEntry entry, Queues queues, CancellationToken cancellationToken)
    {
        switch (await events.FindAsync(entry.Event, cancellationToken))
        {
            case null:
                // The event has no row: its message was not processed yet, or was dead-lettered, and the row follows.
                return entry.ReceivedAt > queues.Now - LongestWithoutRow ? queues.Now + Pause : null;

            case { IsFinished: true }:
                return null;

            case { IsFinal: true } ended:
                return await InspectNotificationsAsync(ended, queues, cancellationToken);

            case { State: EventState.Received } row:
                var lastActivity = StalledEventDetector.LastActivity(row);
                if (!StalledEventDetector.IsStalled(lastActivity, queues.Now, QueueBacklog.KeyOf(row.PartitionKey), queues.Events))
                {
                    return StalledEventDetector.NextCheck(lastActivity, queues.Now);
                }

                // The suffix is the same as long as the row is unchanged, so that the queue drops the duplicate of a second run.
                if (await resend.TrySendEventAsync(row, $"s{row.UpdatedAt.UtcTicks}", cancellationToken))
                {
                    Log.SentAgain(logger, row.PartitionKey, 0);
                }
                else if (!StalledEventDetector.IsLost(lastActivity, queues.Now, isDefinite: false))
                {
                    Log.NotSentAgain(logger, row.PartitionKey, NeverStored);
                }
                else if (await events.UpdateAsync(
                    row.MarkFailed(nameof(DeadLetterReason.BodyMissing), $"Its message no longer exists, and {NeverStored}.", clock.GetUtcNow()),
                    cancellationToken) == WriteResult.Written)
                {
                    Log.EventFailed(logger, row.PartitionKey, NeverStored);
                }

                return queues.Now + Pause;

            case { } row:
                return await InspectAssetsAsync(row, queues, cancellationToken);
        }
    }

    private async Task<DateTimeOffset?> InspectNotificationsAsync(EventRow row, Queues queues, CancellationToken cancellationToken)
    {
        var next = queues.Now + Pause;
        var stalled = new List<NotificationRow>();
        await foreach (var owed in notifications.ListAsync(row.PartitionKey, cancellationToken))
        {
            if (owed.State != NotificationState.Pending)
            {
                continue;
            }

            var lastActivity = StalledEventDetector.LastActivity(owed);
            if (StalledEventDetector.IsStalled(lastActivity, queues.Now, QueueBacklog.KeyOf(owed.PartitionKey, owed.RowKey), queues.Notifications))
            {
                stalled.Add(owed);
            }
            else if (StalledEventDetector.NextCheck(lastActivity, queues.Now) is var check && check < next)
            {
                next = check;
            }
        }

        if (stalled.Count > 0)
        {
            await dispatch.SendAsync(row, stalled);
            Log.NotifiedAgain(logger, row.PartitionKey, stalled.Count);
        }

        return next;
    }

    private async Task<DateTimeOffset?> InspectAssetsAsync(EventRow row, Queues queues, CancellationToken cancellationToken)
    {
        // The assets are read after the event's row. If one of them ends meanwhile, it changes that row, and the counts below are not written.
        var assets = await events.AssetsAsync(row.PartitionKey, cancellationToken).ToListAsync(cancellationToken);
        if (StalledEventDetector.HaveAllEnded(row.State, assets))
        {
            await SettleAsync(row, assets, cancellationToken);

            // An event that owes notifications stays in the list, because the broker may have refused their messages.
            return row.PersistedIsFinished is true ? null : queues.Now + StalledEventDetector.Grace;
        }

        var next = queues.Now + Pause;
        var stalled = new List<AssetRow>();
        foreach (var asset in assets.Where(asset => !asset.IsFinal))
        {
            var lastActivity = StalledEventDetector.LastActivity(asset, row);
            if (StalledEventDetector.IsStalled(lastActivity, queues.Now, QueueBacklog.KeyOf(asset.PartitionKey, asset.RowKey), queues.Assets))
            {
                stalled.Add(asset);
            }
            else if (StalledEventDetector.NextCheck(lastActivity, queues.Now) is var check && check < next)
            {
                next = check;
            }
        }

        if (stalled.Count == 0)
        {
            return next;
        }

        switch (await resend.SendAssetsAsync(row, assets, stalled, cancellationToken))
        {
            case AssetResend.Sent(var count, var unnamed):
                if (count > 0)
                {
                    Log.SentAgain(logger, row.PartitionKey, count);
                }

                await FailLostAsync(
                    row, unnamed, asset => !StalledEventDetector.MayStillBeNamed(asset, assets), "the event does not name it any more", queues, cancellationToken);
                return next;

            case AssetResend.Impossible(var reason):
                await FailLostAsync(row, stalled, static _ => false, reason, queues, cancellationToken);
                return queues.Now + StalledEventDetector.Grace;

            case var other:
                throw new System.Diagnostics.UnreachableException(other.GetType().Name);
        }
    }

    /// <summary>Fails those of an event's orphaned assets that are lost, so that the event ends and can be fetched again.</summary>
    /// <param name="row">The event.</param>
    /// <param name="orphaned">The assets, for which no message can be sent.</param>
    /// <param name="isDefinite">Returns whether the cause will not pass for an asset.</param>
    /// <param name="reason">The cause, as text for an operator: the end of a sentence, without a full stop.</param>
    /// <param name="queues">The queues, which hold none of their messages.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    private async Task FailLostAsync(
        EventRow row, IReadOnlyList<AssetRow> orphaned, Func<AssetRow, bool> isDefinite, string reason, Queues queues, CancellationToken cancellationToken)
    {
        // The writes change the event's row, which is one of the times that are judged. So all assets are judged before the first write.
        var lost = orphaned
            .Where(asset => StalledEventDetector.IsLost(StalledEventDetector.LastActivity(asset, row), queues.Now, isDefinite(asset)))
            .ToList();
        if (lost.Count < orphaned.Count)
        {
            Log.NotSentAgain(logger, row.PartitionKey, reason);
        }

        var results = await Task.WhenAll(lost.Select(asset =>
        {
            var before = asset.State;
            asset.MarkFailed(nameof(DeadLetterReason.LinkLost), $"Its message no longer exists and cannot be sent again: {reason}.", clock.GetUtcNow());
            return completions.WriteAsync(asset, before, cancellationToken);
        }));
        var failed = results.Count(result => result == WriteResult.Written);
        for (var i = 0; i < failed; i++)
        {
            metrics.Failed(row.Provider, nameof(DeadLetterReason.LinkLost));
        }

        if (failed > 0)
        {
            Log.AssetsFailed(logger, row.PartitionKey, failed, reason);
        }
    }

    /// <summary>Settles an event whose assets have all ended, with the counts from their rows, unless its row was changed since it was read.</summary>
    private async Task SettleAsync(EventRow row, List<AssetRow> assets, CancellationToken cancellationToken)
    {
        row.TryRecount(assets);
        if (await events.UpdateAsync(row.WithStateFromCounts(clock.GetUtcNow()), cancellationToken) == WriteResult.Written)
        {
            Log.Settled(logger, row.PartitionKey, row.State);
        }
    }

    /// <summary>Content of the queues when the run began.</summary>
    private sealed record Queues(DateTimeOffset Now, QueueContents Events, QueueContents Assets, QueueContents Notifications);

    /// <summary>Oldest time of receipt among the events that have not ended. Thread-safe.</summary>
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

        [LoggerMessage(6, LogLevel.Error, "Event {Event} owed notifications that had no pending message; re-enqueued {Count}")]
        public static partial void NotifiedAgain(ILogger logger, string @event, int count);

        [LoggerMessage(2, LogLevel.Error, "Event {Event} has no pending message and cannot be sent again: {Reason}. It fails after 24 hours without a change")]
        public static partial void NotSentAgain(ILogger logger, string @event, string reason);

        [LoggerMessage(7, LogLevel.Error, "Event {Event} has no pending message and cannot be sent again: {Reason}. It failed")]
        public static partial void EventFailed(ILogger logger, string @event, string reason);

        [LoggerMessage(8, LogLevel.Error, "Event {Event}: {Assets} of its assets have no pending message and cannot be sent again: {Reason}. They failed")]
        public static partial void AssetsFailed(ILogger logger, string @event, int assets, string reason);

        [LoggerMessage(3, LogLevel.Warning, "Cannot inspect event {Event} ({Reason}); the next run, in five minutes, retries it")]
        public static partial void NotInspected(ILogger logger, string @event, string reason);

        [LoggerMessage(4, LogLevel.Debug, "Cannot inspect event {Event}")]
        public static partial void Cause(ILogger logger, string @event, LoggedException exception);

        [LoggerMessage(5, LogLevel.Error, "Event {Event} was unfinished although all of its assets had ended; recounted, its state is now {State}")]
        public static partial void Settled(ILogger logger, string @event, EventState state);
    }
}
