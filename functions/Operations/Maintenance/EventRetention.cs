using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>
/// Maintenance of the tables that removes events that ended longer ago than <see cref="RetentionOptions.KeepRowsDays"/>. It removes their rows, raw
/// bodies and index entries, and a job's rows with its last event. The files remain, and so does the hash of the webhook id, which stays spent.
/// </summary>
/// <remarks>
/// The list of recent events holds every event by its time of receipt, so the old ones are found without a scan. An event's entry is removed last,
/// so the next run continues an interrupted removal. The raw body is removed too, because an erasure of the job could no longer find it.
/// </remarks>
public sealed partial class EventRetention(
    EventIndex index,
    EventStore events,
    EventErasure erasure,
    SpentWebhookIds spentIds,
    JobStore jobs,
    JobEvents jobEvents,
    AssetNames assetNames,
    IOptions<RetentionOptions> options,
    TimeProvider clock,
    ILogger<EventRetention> logger)
{
    /// <summary>The maximum number of events that a run inspects. It is what a hundred events a second create in the five minutes between two
    /// runs.</summary>
    public const int MaxPerRun = 30_000;

    // The maximum duration of a run. Each event takes about 13 requests, so a run would take long if storage is slow.
    private static readonly TimeSpan MaxRunTime = TimeSpan.FromMinutes(2);

    private const int Concurrency = 16;

    private readonly TimeSpan _keep = TimeSpan.FromDays(options.Value.KeepRowsDays);

    /// <summary>
    /// Removes old events. Inspects at most <paramref name="maxCount"/> of them, for at most two minutes. An event that cannot be removed does not block
    /// the others; the next run retries it. Returns the number of removed events.
    /// </summary>
    public async Task<int> RunAsync(int maxCount, CancellationToken cancellationToken)
    {
        if (_keep == TimeSpan.Zero)
        {
            return 0;
        }

        var (started, now, removed) = (clock.GetTimestamp(), clock.GetUtcNow(), 0);
        await Parallel.ForEachAsync(
            index.BeforeAsync(now - _keep, cancellationToken)
                .Where(entry => !(entry.NextCheckAt > now))
                .TakeWhile((_, number) => number < maxCount && clock.GetElapsedTime(started) < MaxRunTime),
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
            async (entry, token) =>
            {
                if (await TryRemoveAsync(entry, now, token))
                {
                    Interlocked.Increment(ref removed);
                }
            });
        if (removed > 0)
        {
            Log.Removed(logger, removed, options.Value.KeepRowsDays);
        }

        return removed;
    }

    private async Task<bool> TryRemoveAsync(EventIndexEntry entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            return await RemoveAsync(entry, now, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log.Cause(logger, entry.Event, LoggedException.From(exception));
            if (!StorageErrors.IsTransient(exception))
            {
                Log.NotRemoved(logger, entry.Event, LoggedException.ReasonOf(exception));
            }

            return false;
        }
    }

    private async Task<bool> RemoveAsync(EventIndexEntry entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // If there is no row, an earlier run was interrupted: every event of that age has had one.
        if (await events.FindAsync(entry.Event, cancellationToken) is { } row)
        {
            if (!row.IsFinal || row.UpdatedAt > now - _keep)
            {
                // The event has not ended, which the sweep handles, or has changed since. It is postponed so that it does not use up the limit of
                // every run.
                await index.PostponeAsync(entry, row.IsFinal ? row.UpdatedAt + _keep : now + TimeSpan.FromDays(1), cancellationToken);
                return false;
            }

            // Once the row is deleted, only the entry names the job.
            if (entry.JobId != row.JobId)
            {
                entry.JobId = row.JobId;
                await index.PostponeAsync(entry, now, cancellationToken);
            }

            // The id is marked as spent before the row is deleted, so that a repeated webhook finds one of the two.
            await spentIds.AddAsync(row.ToKey(), cancellationToken);
            if (!await events.TryDeleteAsync(row, cancellationToken))
            {
                return false;
            }
        }

        if (entry.JobId is { } jobId)
        {
            await RemoveFromJobAsync(entry, jobId, cancellationToken);
        }

        var rawBlob = RawEventStore.NameOf(EventKey.FromPartitionKey("", entry.Event));
        await erasure.EraseAsync(new JobEvent(entry.Event, entry.ReceivedAt, rawBlob), cancellationToken);
        return true;
    }

    /// <summary>Removes the event from its job's list of events. With the last event, removes the job's rows too.</summary>
    private async Task RemoveFromJobAsync(EventIndexEntry entry, string jobId, CancellationToken cancellationToken)
    {
        var job = await jobs.FindAsync(entry.Provider, jobId, cancellationToken);
        await jobEvents.RemoveAsync(entry.Provider, jobId, entry.Event, cancellationToken);

        // A new event of the job adds its list entry in the transaction that changes the job's row. The conditional delete then fails.
        if (job is not null
            && !await jobEvents.ListAsync(entry.Provider, jobId, cancellationToken).AnyAsync(cancellationToken)
            && await jobs.TryDeleteAsync(job, cancellationToken))
        {
            await assetNames.RemoveAllAsync(entry.Provider, jobId, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Removed {Events} events that ended more than {Days} days ago; their webhook ids stay spent")]
        public static partial void Removed(ILogger logger, int events, int days);

        [LoggerMessage(2, LogLevel.Warning, "Cannot remove old event {Event} ({Reason}); the next run, in five minutes, retries it")]
        public static partial void NotRemoved(ILogger logger, string @event, string reason);

        [LoggerMessage(3, LogLevel.Debug, "Cannot remove old event {Event}")]
        public static partial void Cause(ILogger logger, string @event, LoggedException exception);
    }
}
