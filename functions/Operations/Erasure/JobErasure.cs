using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.DeadLetters;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.Erasure;

/// <summary>
/// Erases all that is kept of a job: its rows and its events', their bodies, its blobs, its dead letters. What remains are hashes: of the job's id, and
/// of its webhooks' ids, which stay spent. From then on its messages on the queues are dropped when their turn comes, and whatever else comes of the job.
/// </summary>
/// <remarks>
/// Work that was under way when the tombstone was written may still write behind the erasure. So the job is erased once more when nothing of that can be
/// left. Its id, and its list of its events' ids, are kept for as long.
/// </remarks>
public sealed partial class JobErasure(
    ProviderCatalog providers,
    JobTombstones tombstones,
    JobEvents jobEvents,
    JobBlobs blobs,
    EventErasure eventErasure,
    StorageClients storage,
    JobDeadLetters deadLetters,
    TimeProvider clock,
    ILogger<JobErasure> logger)
{
    /// <summary>When a job is erased for the last time after it was asked for. The longest that a function runs is half of it.</summary>
    public static readonly TimeSpan AgainAfter = TimeSpan.FromHours(1);

    private const string AgainPartition = "erasing";
    private const string LastColumn = "Last";

    /// <summary>
    /// Erases a job, known or not. Answers how many events and blobs were found, and how many dead letters were removed. <c>more</c> says that not all
    /// could be reached in time: ask again, or leave it to the timer.
    /// </summary>
    public async Task<OperatorAnswer> EraseAsync(string provider, string jobId, CancellationToken cancellationToken)
    {
        if (!providers.Knows(provider))
        {
            return OperatorAnswer.NotFound;
        }

        jobId = providers.CanonicalJobId(provider, jobId);
        await storage.Index.UpsertEntityAsync(AgainRow(provider, jobId), TableUpdateMode.Replace, cancellationToken);
        await tombstones.AddAsync(provider, jobId, cancellationToken);
        var started = clock.GetTimestamp();
        var erased = await EraseOnceAsync(provider, jobId, () => clock.GetElapsedTime(started) < OperatorTimes.Enough, isLast: false, cancellationToken);
        Log.Erased(logger, provider, erased.Events, erased.Blobs, erased.DeadLetters);
        return OperatorAnswer.Ok(erased);
    }

    /// <summary>Continues with the jobs that are not erased whole, and erases once more those whose time for it has come.</summary>
    public async Task EraseAgainAsync(CancellationToken cancellationToken)
    {
        var rows = storage.Index.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {AgainPartition} and At le {clock.GetUtcNow()}"), cancellationToken: cancellationToken);
        await foreach (var row in rows)
        {
            await EraseAgainAsync(row, cancellationToken);
        }
    }

    // One job that cannot be erased must not keep the others from it. Its row stays, and the next run tries again.
    private async Task EraseAgainAsync(TableEntity row, CancellationToken cancellationToken)
    {
        var provider = row.GetString("Provider");
        try
        {
            var last = row.GetDateTimeOffset(LastColumn) ?? default;
            var isLast = last <= clock.GetUtcNow();
            if ((await EraseOnceAsync(provider, row.GetString("JobId"), () => true, isLast, cancellationToken)).More)
            {
                return;
            }

            if (isLast)
            {
                await storage.Index.DeleteEntityAsync(row, ETag.All, cancellationToken);
                return;
            }

            row["At"] = last;
            await storage.Index.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Replace, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotErasedAgain(logger, provider, LoggedException.ReasonOf(failure));
        }
    }

    private async Task<Erased> EraseOnceAsync(string provider, string jobId, Func<bool> goOn, bool isLast, CancellationToken cancellationToken)
    {
        var found = await jobEvents.ListAsync(provider, jobId, cancellationToken).ToListAsync(cancellationToken);
        var events = 0;
        foreach (var jobEvent in found.TakeWhile(_ => goOn()))
        {
            await eventErasure.EraseAsync(jobEvent, cancellationToken);
            events++;
        }

        var (erased, moreBlobs) = await blobs.EraseAsync(provider, jobId, goOn, cancellationToken);
        var (removed, moreDeadLetters) = await deadLetters.RemoveAsync(
            provider, jobId, [.. found.Select(jobEvent => jobEvent.Event)], goOn, cancellationToken);
        var more = events < found.Count || moreBlobs || moreDeadLetters;

        // Last, and only when nothing can be under way any more: by them a repetition finds what was written behind an erasure, or left by one that
        // was interrupted.
        foreach (var jobEvent in isLast && !more ? found : [])
        {
            await jobEvents.RemoveAsync(provider, jobId, jobEvent.Event, cancellationToken);
        }

        await storage.Jobs.DeleteEntityAsync(JobStore.PartitionKeyOf(provider, jobId), JobStore.RowKey, ETag.All, cancellationToken);
        return new Erased(events, erased, removed, more);
    }

    // Due at once: an erasure that is interrupted, or that is too large for one answer, is continued by the timer.
    private TableEntity AgainRow(string provider, string jobId) => new(
        AgainPartition, Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8($"{provider}:{jobId}"))))
    {
        ["Provider"] = provider,
        ["JobId"] = jobId,
        ["At"] = clock.GetUtcNow(),
        [LastColumn] = clock.GetUtcNow() + AgainAfter,
    };

    private sealed record Erased(int Events, int Blobs, int DeadLetters, bool More);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "A job of {Provider} was erased: {Events} events, {Blobs} blobs, {DeadLetters} dead letters")]
        public static partial void Erased(ILogger logger, string provider, int events, int blobs, int deadLetters);

        [LoggerMessage(2, LogLevel.Warning, "A job of {Provider} could not be erased once more, which is tried again: {Failure}")]
        public static partial void NotErasedAgain(ILogger logger, string provider, string failure);
    }
}
