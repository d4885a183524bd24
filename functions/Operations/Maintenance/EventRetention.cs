using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>
/// Maintenance of the tables that removes events that ended long ago, where <see cref="RetentionOptions.KeepRowsDays"/> says so. It removes their rows,
/// raw bodies and index entries, and their job's rows with the last of them. What remains are the files, and the webhook id by its hash: it stays spent.
/// </summary>
/// <remarks>
/// The list of recent events holds every event by its time of receipt, and leads to the old ones without a scan. An event's entry is removed
/// last, so the next run continues what a process did not finish. The raw body goes too, since an erasure of the job could not find it any more.
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
    /// <summary>The most events that a run inspects: what a hundred events a second bring in the five minutes between two runs.</summary>
    public const int MostAtOnce = 30_000;

    // About 13 requests for each event: the bound of a run where storage is slow.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private const int Concurrency = 16;

    private readonly TimeSpan _keep = TimeSpan.FromDays(options.Value.KeepRowsDays);

    /// <summary>
    /// Removes events that are old. Inspects at most <paramref name="most"/> of them, and lasts two minutes at most. An event that cannot be removed does
    /// not keep the others from it; the next run tries it again. Returns how many were removed.
    /// </summary>
    public async Task<int> RunAsync(int most, CancellationToken cancellationToken)
    {
        if (_keep == TimeSpan.Zero)
        {
            return 0;
        }

        var (started, now, removed) = (clock.GetTimestamp(), clock.GetUtcNow(), 0);
        await Parallel.ForEachAsync(
            index.BeforeAsync(now - _keep, cancellationToken)
                .Where(entry => !(entry.NextCheckAt > now))
                .TakeWhile((_, number) => number < most && clock.GetElapsedTime(started) < Longest),
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
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            Log.Cause(logger, entry.Event, LoggedException.Of(failure));
            if (!StorageErrors.IsTransient(failure))
            {
                Log.NotRemoved(logger, entry.Event, LoggedException.ReasonOf(failure));
            }

            return false;
        }
    }

    private async Task<bool> RemoveAsync(EventIndexEntry entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // No row: an earlier run was interrupted. Every event of that age has had one.
        if (await events.FindAsync(entry.Event, cancellationToken) is { } row)
        {
            if (!row.IsFinal || row.UpdatedAt > now - _keep)
            {
                // Not ended, which is the sweep's concern, or changed since. It must not take the place of others in every run.
                await index.PostponeAsync(entry, row.IsFinal ? row.UpdatedAt + _keep : now + TimeSpan.FromDays(1), cancellationToken);
                return false;
            }

            // Once the row is gone, the entry alone leads to the job.
            if (entry.JobId != row.JobId)
            {
                entry.JobId = row.JobId;
                await index.PostponeAsync(entry, now, cancellationToken);
            }

            // Before the row is gone: a webhook that comes again finds one of the two.
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

        var rawBlob = RawEventStore.NameOf(EventKey.Of("", entry.Event));
        await erasure.EraseAsync(new JobEvent(entry.Event, entry.ReceivedAt, rawBlob), cancellationToken);
        return true;
    }

    /// <summary>Removes the event from its job's list of events, and the job's rows with the last one.</summary>
    private async Task RemoveFromJobAsync(EventIndexEntry entry, string jobId, CancellationToken cancellationToken)
    {
        var job = await jobs.FindAsync(entry.Provider, jobId, cancellationToken);
        await jobEvents.RemoveAsync(entry.Provider, jobId, entry.Event, cancellationToken);

        // A new event of the job lists itself in the transaction that changes the job's row, which then is not deleted.
        if (job is not null
            && !await jobEvents.ListAsync(entry.Provider, jobId, cancellationToken).AnyAsync(cancellationToken)
            && await jobs.TryDeleteAsync(job, cancellationToken))
        {
            await assetNames.ForgetAsync(entry.Provider, jobId, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Events} events that ended more than {Days} days ago were removed; their webhook ids stay spent")]
        public static partial void Removed(ILogger logger, int events, int days);

        [LoggerMessage(2, LogLevel.Warning, "Event {Event} is old and could not be removed ({Reason}); the next run tries again, in five minutes")]
        public static partial void NotRemoved(ILogger logger, string @event, string reason);

        [LoggerMessage(3, LogLevel.Debug, "Event {Event} is old and could not be removed")]
        public static partial void Cause(ILogger logger, string @event, LoggedException failure);
    }
}
