using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Storage.Events;

/// <summary>Eraser of events that removes everything about an event except the hash of its webhook id, which stays spent.</summary>
public sealed class EventErasure(StorageClients storage, RawEventStore rawEvents, SpentWebhookIds spentIds, EventIndex index)
{
    /// <summary>
    /// Removes an event's body, its rows and its index entries, but not its assets' blobs, which belong to the job. Idempotent, so a repetition
    /// completes what a crash interrupted.
    /// </summary>
    public async Task EraseAsync(JobEvent jobEvent, CancellationToken cancellationToken)
    {
        // This comes first. A receiver that stores a body checks it afterwards, and removes the body if it was written after this deletion.
        await spentIds.AddAsync(EventKey.FromPartitionKey("", jobEvent.Event), cancellationToken);
        await rawEvents.DeleteAsync(jobEvent.RawBlob, cancellationToken);
        await storage.Events.DeleteOfPartitionAsync(TableClient.CreateQueryFilter($"PartitionKey eq {jobEvent.Event}"), cancellationToken);
        await index.RemoveAllAsync(jobEvent.Event, jobEvent.ReceivedAt, cancellationToken);
    }
}
