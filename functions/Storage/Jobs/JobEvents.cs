using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>Event of a job, with the blob of its body.</summary>
/// <param name="Event">The event's partition in table <c>WebhookEvents</c>.</param>
/// <param name="ReceivedAt">When it was received, UTC.</param>
/// <param name="RawBlob">The blob in container <c>raw-events</c>.</param>
public sealed record JobEvent(string Event, DateTimeOffset ReceivedAt, string RawBlob);

/// <summary>
/// Store of the list of events of each job, in table <c>GenerationJobs</c>: rows <c>event:…</c> in the job's partition. A row is written before
/// everything else of the event except the body, so that an erasure of the job finds all of it.
/// </summary>
public sealed class JobEvents(StorageClients storage)
{
    private const string Kind = "event";

    /// <summary>Adds an event to the list of its job. Idempotent.</summary>
    public async Task AddAsync(string jobId, EventKey key, JobEvent jobEvent, CancellationToken cancellationToken) =>
        await storage.Jobs.UpsertEntityAsync(Row(key.Provider, jobId, jobEvent), TableUpdateMode.Replace, cancellationToken);

    /// <summary>Returns the row that <see cref="AddAsync"/> writes.</summary>
    internal static TableEntity Row(string provider, string jobId, JobEvent jobEvent) =>
        new(JobStore.PartitionKeyOf(provider, jobId), RowKeyOf(jobEvent.Event))
        {
            [nameof(JobEvent.Event)] = jobEvent.Event,
            [nameof(JobEvent.ReceivedAt)] = jobEvent.ReceivedAt,
            [nameof(JobEvent.RawBlob)] = jobEvent.RawBlob,
        };

    /// <summary>Lists the events of a job, in no particular order.</summary>
    public async IAsyncEnumerable<JobEvent> ListAsync(
        string provider, string jobId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = storage.Jobs.QueryAsync<TableEntity>(
            KeyRange.Filter(JobStore.PartitionKeyOf(provider, jobId), Kind),
            cancellationToken: cancellationToken);
        await foreach (var row in rows)
        {
            yield return new JobEvent(
                row.GetString(nameof(JobEvent.Event)),
                row.GetDateTimeOffset(nameof(JobEvent.ReceivedAt)) ?? default,
                row.GetString(nameof(JobEvent.RawBlob)));
        }
    }

    /// <summary>Removes what <see cref="AddAsync"/> wrote.</summary>
    public async Task RemoveAsync(string provider, string jobId, string @event, CancellationToken cancellationToken) =>
        await storage.Jobs.DeleteEntityAsync(JobStore.PartitionKeyOf(provider, jobId), RowKeyOf(@event), ETag.All, cancellationToken);

    private static string RowKeyOf(string @event) => $"{Kind}:" + Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8(@event)).AsSpan(0, 16));
}
