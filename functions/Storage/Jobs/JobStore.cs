using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>The effect of an event on its job's row.</summary>
/// <param name="IsFirst">Whether it is the first event of the job.</param>
/// <param name="IsApplied">Whether the row now has the event's status.</param>
public sealed record JobUpdate(bool IsFirst, bool IsApplied);

/// <summary>Store of the latest known status of each generation, batch or interaction, in table <c>GenerationJobs</c>, whatever the order of its
/// webhooks.</summary>
public sealed partial class JobStore(StorageClients storage, TimeProvider clock, ILogger<JobStore> logger)
{
    public const string RowKey = "job";

    /// <summary>The column with the event from which the row's status comes: its partition in table <c>WebhookEvents</c>.</summary>
    public const string EventColumn = "Event";

    /// <summary>Returns the partition of a job.</summary>
    public static string PartitionKeyOf(string provider, string jobId) => $"{provider}:{KeyEncoding.Encode(jobId)}";

    /// <summary>Returns the job's row; null if no event named the job.</summary>
    public async Task<TableEntity?> FindAsync(string provider, string jobId, CancellationToken cancellationToken)
    {
        var found = await storage.Jobs.GetEntityIfExistsAsync<TableEntity>(PartitionKeyOf(provider, jobId), RowKey, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>Deletes a job's row, unless it was changed since it was read. Returns whether it is gone.</summary>
    public async Task<bool> TryDeleteAsync(TableEntity job, CancellationToken cancellationToken)
    {
        try
        {
            await storage.Jobs.DeleteEntityAsync(job.PartitionKey, job.RowKey, job.ETag, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            // Another event of the job has changed the row.
            return false;
        }
    }

    /// <summary>
    /// Applies an event to its job's row, and adds <paramref name="jobEvent"/> to the job's list, in one transaction. Idempotent. Returns what the
    /// event changed.
    /// </summary>
    /// <exception cref="UnknownValueException">A newer version wrote the row.</exception>
    public async Task<JobUpdate> ApplyAsync(
        ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken, JobEvent? jobEvent = null)
    {
        var (provider, jobId) = (received.Key.Provider, generation.JobIdOr(received.Key));
        List<TableTransactionAction> listing = jobEvent is null
            ? []
            : [new TableTransactionAction(TableTransactionActionType.UpsertReplace, JobEvents.Row(provider, jobId, jobEvent))];

        // Most events are the first of their job, so the row is read only if the insert finds that it exists.
        for (TableEntity? found = null; ; found = await FindAsync(provider, jobId, cancellationToken))
        {
            if (found is not null && !Supersedes(generation, received.ReceivedAt, found))
            {
                if (listing.Count > 0)
                {
                    await storage.Jobs.SubmitTransactionAsync(listing, cancellationToken);
                }

                return new JobUpdate(IsFirst: false, IsApplied: false);
            }

            // A proven event's row keeps nothing from an unconfirmed event.
            var row = found is not null && AssuranceOf(found).IsProven() == generation.Assurance.IsProven()
                ? found
                : new TableEntity(PartitionKeyOf(provider, jobId), RowKey);
            Write(row, received, generation, jobId);
            try
            {
                var write = found is null
                    ? new TableTransactionAction(TableTransactionActionType.Add, row)
                    : new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, found.ETag);
                await storage.Jobs.SubmitTransactionAsync([.. listing, write], cancellationToken);
                return new JobUpdate(IsFirst: found is null, IsApplied: true);
            }
            catch (RequestFailedException exception) when (exception.Status is 409 or 412 or 404)
            {
                // Another event of the job was written first, or the job was erased. Decide again with the current row.
                Log.Changed(logger, received.Key.PartitionKey, exception.Status);
            }
        }
    }

    /// <summary>
    /// Returns whether an event replaces what the row says. A proven event replaces an unconfirmed one, never the reverse. Between equals a higher
    /// status wins; between two final or two equal statuses, the later by the provider's own time.
    /// </summary>
    private static bool Supersedes(GenerationEvent generation, DateTimeOffset receivedAt, TableEntity row)
    {
        var known = KnownValue.Parse<JobStatus>(row.GetString(Columns.Status));
        if (AssuranceOf(row).IsProven() != generation.Assurance.IsProven())
        {
            return generation.Assurance.IsProven();
        }

        return known != generation.Status && !(known.IsFinal() && generation.Status.IsFinal())
            ? generation.Status > known
            : (generation.OccurredAt ?? receivedAt) >= row.GetDateTimeOffset(Columns.OccurredAt);
    }

    private static Assurance AssuranceOf(TableEntity row) => KnownValue.Parse<Assurance>(row.GetString(nameof(GenerationEvent.Assurance)));

    private void Write(TableEntity row, ReceivedEvent received, GenerationEvent generation, string jobId)
    {
        foreach (var (name, value) in generation.JobColumns)
        {
            row[name] = value;
        }

        row["Provider"] = received.Key.Provider;
        row["JobId"] = BoundedText.Shorten(jobId);
        row[Columns.Status] = generation.Status.ToString();
        row[Columns.ProviderStatus] = BoundedText.WithoutTokens(generation.ProviderStatus);
        row[nameof(GenerationEvent.Assurance)] = generation.Assurance.ToString();
        row[Columns.EventType] = BoundedText.WithoutTokens(generation.EventType);
        row[Columns.Model] = BoundedText.WithoutTokens(generation.Model) ?? row.GetString(Columns.Model);
        row[Columns.ErrorCode] = BoundedText.WithoutTokens(generation.ErrorCode);
        row[Columns.ErrorMessage] = BoundedText.WithoutTokens(generation.ErrorMessage);
        row[Columns.OccurredAt] = generation.OccurredAt ?? received.ReceivedAt;
        row["WebhookId"] = received.Key.WebhookId;
        row[EventColumn] = received.Key.PartitionKey;
        row["BlobPrefix"] = BlobNames.JobPrefix(received.Key.Provider, jobId);
        row["UpdatedAt"] = clock.GetUtcNow();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}: its job's row was not written ({Status}); another event of the job wrote it")]
        public static partial void Changed(ILogger logger, string @event, int status);
    }
}
