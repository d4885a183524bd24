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

namespace WebhookFunctions.Operations.Erasure;

/// <summary>
/// Erases all that is kept of a job: its rows and its events', their bodies, its blobs, its dead letters. What remains are hashes: of the job's id, and
/// of its webhooks' ids, which stay spent. From then on its messages on the queues are dropped when their turn comes, and whatever else comes of the job.
/// </summary>
/// <remarks>
/// Work that was under way when the tombstone was written may still write behind the erasure. So the job is erased once more when nothing of that can be
/// left, and its id is kept for as long.
/// </remarks>
public sealed partial class JobErasure(
    ProviderCatalog providers,
    JobTombstones tombstones,
    JobEvents jobEvents,
    JobBlobs blobs,
    EventErasure events,
    StorageClients storage,
    JobDeadLetters deadLetters,
    TimeProvider clock,
    ILogger<JobErasure> logger)
{
    /// <summary>The longest that a function runs is half of it.</summary>
    public static readonly TimeSpan AgainAfter = TimeSpan.FromHours(1);

    private const string AgainPartition = "erasing";

    /// <summary>
    /// Erases a job, known or not. Answers how many events and blobs were found, how many dead letters removed, and <c>more</c>
    /// where not all dead letters could be reached: ask again.
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
        var erased = await EraseOnceAsync(provider, jobId, cancellationToken);
        Log.Erased(logger, provider, erased.Events, erased.Blobs, erased.DeadLetters);
        return OperatorAnswer.Ok(erased);
    }

    /// <summary>Erases once more the jobs whose time for it has come.</summary>
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
            if (!(await EraseOnceAsync(provider, row.GetString("JobId"), cancellationToken)).More)
            {
                await storage.Index.DeleteEntityAsync(row, ETag.All, cancellationToken);
            }
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotErasedAgain(logger, provider, failure.GetType().Name);
        }
    }

    private async Task<Erased> EraseOnceAsync(string provider, string jobId, CancellationToken cancellationToken)
    {
        var found = await jobEvents.ListAsync(provider, jobId, cancellationToken).ToListAsync(cancellationToken);
        foreach (var jobEvent in found)
        {
            await events.EraseAsync(jobEvent, cancellationToken);
        }

        var erased = await blobs.EraseAsync(provider, jobId, cancellationToken);
        var (removed, more) = await deadLetters.RemoveAsync(provider, jobId, [.. found.Select(jobEvent => jobEvent.Event)], cancellationToken);

        // Last: by them a repetition finds what an interrupted erasure left.
        foreach (var jobEvent in found)
        {
            await jobEvents.RemoveAsync(provider, jobId, jobEvent.Event, cancellationToken);
        }

        await storage.Jobs.DeleteEntityAsync(JobStore.PartitionKeyOf(provider, jobId), JobStore.RowKey, ETag.All, cancellationToken);
        return new Erased(found.Count, erased, removed, more);
    }

    private TableEntity AgainRow(string provider, string jobId) => new(
        AgainPartition, Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8($"{provider}:{jobId}"))))
    {
        ["Provider"] = provider,
        ["JobId"] = jobId,
        ["At"] = clock.GetUtcNow() + AgainAfter,
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
