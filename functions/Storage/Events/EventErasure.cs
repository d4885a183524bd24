using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Storage.Events;

/// <summary>Removes all that is kept of an event. What remains is its webhook id, by hash: it stays spent.</summary>
public sealed class EventErasure(StorageClients storage, RawEventStore rawEvents, SpentWebhookIds spentIds, EventIndex index)
{
    /// <summary>
    /// Removes an event's body, its rows and its rows in the index; not its assets' blobs, which are the job's. Doing so again does no harm,
    /// and makes up for a process that died on the way.
    /// </summary>
    public async Task EraseAsync(JobEvent jobEvent, CancellationToken cancellationToken)
    {
        // First: a receiver that stores a body looks for this afterwards, and then removes what was written behind the deletion.
        await spentIds.AddAsync(EventKey.Of("", jobEvent.Event), cancellationToken);
        await rawEvents.DeleteAsync(jobEvent.RawBlob, cancellationToken);
        await storage.Events.DeleteOfPartitionAsync(TableClient.CreateQueryFilter($"PartitionKey eq {jobEvent.Event}"), cancellationToken);
        await index.ForgetAsync(jobEvent.Event, jobEvent.ReceivedAt, cancellationToken);
    }
}
