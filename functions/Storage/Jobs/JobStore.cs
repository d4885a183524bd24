using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>Table <c>GenerationJobs</c>: the latest that is known of one generation, batch or interaction, in whatever order its webhooks come.</summary>
public sealed class JobStore(StorageClients storage, TimeProvider clock)
{
    public const string RowKey = "job";

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
    public async Task ApplyAsync(ReceivedEvent received, GenerationEvent said, CancellationToken cancellationToken)
    {
        var jobId = said.JobId ?? received.Key.WebhookId;
        while (true)
        {
            var found = await FindAsync(received.Key.Provider, jobId, cancellationToken);
            if (found is not null && !Supersedes(said, received.ReceivedAt, found))
            {
                return;
            }

            // Nothing of what an unconfirmed event said stays on the row of a proven one.
            var row = found is not null && AssuranceOf(found).IsProven() == said.Assurance.IsProven()
                ? found
                : new TableEntity(PartitionKeyOf(received.Key.Provider, jobId), RowKey);
            Write(row, received, said, jobId);
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
            }
        }
    }

    /// <summary>
    /// A proven word takes the place of an unconfirmed one, and never the other way. Among equals there is progress only: a higher status wins;
    /// of two final ones, or two alike, the later by the provider's own time.
    /// </summary>
    private static bool Supersedes(GenerationEvent said, DateTimeOffset receivedAt, TableEntity row)
    {
        var known = KnownValue.Parse<JobStatus>(row.GetString("Status"));
        if (AssuranceOf(row).IsProven() != said.Assurance.IsProven())
        {
            return said.Assurance.IsProven();
        }

        return known != said.Status && !(known.IsFinal() && said.Status.IsFinal())
            ? said.Status > known
            : (said.OccurredAt ?? receivedAt) >= row.GetDateTimeOffset("OccurredAt");
    }

    private static Assurance AssuranceOf(TableEntity row) => KnownValue.Parse<Assurance>(row.GetString("Assurance"));

    private void Write(TableEntity row, ReceivedEvent received, GenerationEvent said, string jobId)
    {
        foreach (var (name, value) in said.JobColumns)
        {
            row[name] = value;
        }

        row["Provider"] = received.Key.Provider;
        row["JobId"] = BoundedText.Of(jobId);
        row["Status"] = said.Status.ToString();
        row["ProviderStatus"] = BoundedText.WithoutTokens(said.ProviderStatus);
        row["Assurance"] = said.Assurance.ToString();
        row["EventType"] = BoundedText.WithoutTokens(said.EventType);
        row["Model"] = BoundedText.WithoutTokens(said.Model) ?? row.GetString("Model");
        row["ErrorCode"] = BoundedText.WithoutTokens(said.ErrorCode);
        row["ErrorMessage"] = BoundedText.WithoutTokens(said.ErrorMessage);
        row["OccurredAt"] = said.OccurredAt ?? received.ReceivedAt;
        row["WebhookId"] = received.Key.WebhookId;
        row["BlobPrefix"] = BlobNames.JobPrefix(received.Key.Provider, jobId);
        row["UpdatedAt"] = clock.GetUtcNow();
    }
}
