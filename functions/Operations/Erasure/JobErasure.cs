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
/// Eraser of jobs that removes everything about a job: its rows and its events', their bodies, its blobs, its dead letters. Only hashes remain: of
/// the job's id, and of its webhooks' ids, which stay spent. From then on, the job's messages on the queues and its later webhooks are dropped.
/// </summary>
/// <remarks>
/// Work that was in progress when the tombstone was written may write after the erasure. The job is therefore erased again once no such work can be
/// left. Until then its id and the list of its events' ids are kept.
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
    /// <summary>How long after the request the last erasure runs. It is twice the longest time that a function runs.</summary>
    public static readonly TimeSpan FinalErasureDelay = TimeSpan.FromHours(1);

    // After this time, a run leaves the remaining erasures to the next one, because the function's time is limited.
    private static readonly TimeSpan MaxRunTime = TimeSpan.FromMinutes(10);

    // How many dead letters a log line names.
    private const int MaxReported = 20;

    private const string ErasurePartition = "erasing";
    private const string LastColumn = "Last";
    private const string WaitsForColumn = "WaitsFor";

    /// <summary>
    /// Erases a job, known or not. Answers the number of events and blobs found, and of dead letters removed. If <c>more</c> is true, not all could
    /// be reached in time: ask again, or leave the rest to the timer. <c>unattributed</c> lists the dead letters of queue <c>webhook-events</c> for
    /// which the erasure waits, because they name the job and cannot be interpreted.
    /// </summary>
    public async Task<OperatorAnswer> EraseAsync(string provider, string jobId, CancellationToken cancellationToken)
    {
        if (!providers.Knows(provider))
        {
            return OperatorAnswer.NotFound;
        }

        jobId = providers.CanonicalJobId(provider, jobId);
        await storage.Index.UpsertEntityAsync(ErasureRow(provider, jobId), TableUpdateMode.Replace, cancellationToken);
        await tombstones.AddAsync(provider, jobId, cancellationToken);
        var started = clock.GetTimestamp();
        var erased = await EraseOnceAsync(
            provider, jobId, () => clock.GetElapsedTime(started) < OperatorTimes.WorkLimit, OperatorTimes.WorkLimit, isLast: false, cancellationToken);
        Log.Erased(logger, provider, erased.Events, erased.Blobs, erased.DeadLetters);
        return OperatorAnswer.Ok(erased);
    }

    /// <summary>Continues incomplete erasures, and runs the last erasure of the jobs for which it is due. Begins none after ten minutes.</summary>
    public async Task ContinueErasuresAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var rows = storage.Index.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {ErasurePartition} and At le {clock.GetUtcNow()}"), cancellationToken: cancellationToken);
        await foreach (var row in rows.TakeWhile(_ => clock.GetElapsedTime(started) < MaxRunTime))
        {
            await ContinueErasureAsync(row, cancellationToken);
        }
    }

    // Continues one erasure. If it fails, its row stays for the next run, so that it does not block the other jobs.
    private async Task ContinueErasureAsync(TableEntity row, CancellationToken cancellationToken)
    {
        var provider = row.GetString("Provider");
        try
        {
            var last = row.GetDateTimeOffset(LastColumn) ?? default;
            var isLast = last <= clock.GetUtcNow();
            var erased = await EraseOnceAsync(provider, row.GetString("JobId"), () => true, DeadLetterScan.MaintenanceLimit, isLast, cancellationToken);
            await ReportUnattributedAsync(row, erased.Unattributed, cancellationToken);
            if (erased.More)
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
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotCompleted(logger, provider, LoggedException.ReasonOf(exception));
        }
    }

    // Reports once, and again when others are found.
    private async Task ReportUnattributedAsync(TableEntity row, IReadOnlyList<long> numbers, CancellationToken cancellationToken)
    {
        var text = string.Join(", ", numbers.Take(MaxReported));
        if (text.Length == 0 || text == row.GetString(WaitsForColumn))
        {
            return;
        }

        Log.Unattributed(logger, row.GetString("Provider"), text);
        var change = new TableEntity(row.PartitionKey, row.RowKey) { [WaitsForColumn] = text };
        await storage.Index.UpdateEntityAsync(change, ETag.All, TableUpdateMode.Merge, cancellationToken);
    }

    private async Task<Erased> EraseOnceAsync(
        string provider, string jobId, Func<bool> hasTime, TimeSpan scanLimit, bool isLast, CancellationToken cancellationToken)
    {
        var found = await jobEvents.ListAsync(provider, jobId, cancellationToken).ToListAsync(cancellationToken);
        var count = 0;
        foreach (var jobEvent in found.TakeWhile(_ => hasTime()))
        {
            await eventErasure.EraseAsync(jobEvent, cancellationToken);
            count++;
        }

        var (erased, moreBlobs) = await blobs.EraseAsync(provider, jobId, hasTime, cancellationToken);
        var events = found.Select(jobEvent => jobEvent.Event).ToHashSet();
        var (removed, moreDeadLetters, unattributed) = await deadLetters.RemoveAsync(provider, jobId, events, hasTime, scanLimit, cancellationToken);
        var more = count < found.Count || moreBlobs || moreDeadLetters;

        // The list is removed last, and only once no work can be in progress. From it, a repetition finds what was written after an erasure, or left
        // by an interrupted one.
        foreach (var partition in isLast && !more ? events : [])
        {
            await jobEvents.RemoveAsync(provider, jobId, partition, cancellationToken);
        }

        await storage.Jobs.DeleteEntityAsync(JobStore.PartitionKeyOf(provider, jobId), JobStore.RowKey, ETag.All, cancellationToken);
        return new Erased(count, erased, removed, more, unattributed);
    }

    // Due at once, so that the timer continues an erasure that was interrupted, or too large for one answer.
    private TableEntity ErasureRow(string provider, string jobId) => new(
        ErasurePartition, Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8($"{provider}:{jobId}"))))
    {
        ["Provider"] = provider,
        ["JobId"] = jobId,
        ["At"] = clock.GetUtcNow(),
        [LastColumn] = clock.GetUtcNow() + FinalErasureDelay,
    };

    private sealed record Erased(int Events, int Blobs, int DeadLetters, bool More, IReadOnlyList<long> Unattributed);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Erased a job of {Provider}: {Events} events, {Blobs} blobs, {DeadLetters} dead letters")]
        public static partial void Erased(ILogger logger, string provider, int events, int blobs, int deadLetters);

        [LoggerMessage(2, LogLevel.Warning, "Cannot complete the erasure of a job of {Provider} ({Failure}); the next run retries it")]
        public static partial void NotCompleted(ILogger logger, string provider, string failure);

        [LoggerMessage(3, LogLevel.Warning, "The erasure of a job of {Provider} waits for dead letters of webhook-events that name the job and cannot be interpreted: {SequenceNumbers}. An operator has to remove or replay them")]
        public static partial void Unattributed(ILogger logger, string provider, string sequenceNumbers);
    }
}
