using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>Table <c>GenerationJobs</c>: the latest that is known of one generation, batch or interaction, in whatever order its webhooks come.</summary>
public sealed partial class JobStore(StorageClients storage, TimeProvider clock, ILogger<JobStore> logger)
{
    public const string RowKey = "job";

    /// <summary>The column of the event that the row says the word of: its partition in table <c>WebhookEvents</c>.</summary>
    public const string EventColumn = "Event";

    /// <summary>The partition of a job.</summary>
    public static string PartitionKeyOf(string provider, string jobId) => $"{provider}:{KeyEncoding.Encode(jobId)}";

    /// <summary>The job's row; null where no event named it.</summary>
    public async Task<TableEntity?> FindAsync(string provider, string jobId, CancellationToken cancellationToken)
    {
        var found = await storage.Jobs.GetEntityIfExistsAsync<TableEntity>(PartitionKeyOf(provider, jobId), RowKey, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>Takes in what an event says of its job. Doing so twice changes nothing.</summary>
    /// <exception cref="UnknownValueException">A newer version wrote the row.</exception>
    public async Task ApplyAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken)
    {
        var jobId = generation.JobIdOr(received.Key);
        while (true)
        {
            var found = await FindAsync(received.Key.Provider, jobId, cancellationToken);
            if (found is not null && !Supersedes(generation, received.ReceivedAt, found))
            {
                return;
            }

            // Nothing of what an unconfirmed event said stays on the row of a proven one.
            var row = found is not null && AssuranceOf(found).IsProven() == generation.Assurance.IsProven()
                ? found
                : new TableEntity(PartitionKeyOf(received.Key.Provider, jobId), RowKey);
            Write(row, received, generation, jobId);
            try
            {
                await (found is null
                    ? storage.Jobs.AddEntityAsync(row, cancellationToken)
                    : storage.Jobs.UpdateEntityAsync(row, found.ETag, TableUpdateMode.Replace, cancellationToken));
                return;
            }
            catch (RequestFailedException conflict) when (conflict.Status is 409 or 412)
            {
                // Another event of the job was faster: decide again on top of what it wrote.
                Log.Changed(logger, received.Key.PartitionKey, conflict.Status);
            }
        }
    }

    /// <summary>
    /// A proven word takes the place of an unconfirmed one, and never the other way. Among equals there is progress only: a higher status wins;
    /// of two final ones, or two alike, the later by the provider's own time.
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
        row["JobId"] = BoundedText.Of(jobId);
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
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}: its job's row was not written ({Status}); another event of the job changed it")]
        public static partial void Changed(ILogger logger, string @event, int status);
    }
}
