using Azure.Data.Tables;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Storage.Events;

/// <summary>Removes all that is kept of an event.</summary>
public sealed class EventErasure(StorageClients storage, EventIndex index)
{
    /// <summary>
    /// Removes an event's body, its rows and its rows in the index; not its assets' blobs, which are the job's. Doing so again does no harm,
    /// and makes up for a process that died on the way.
    /// </summary>
    public async Task EraseAsync(JobEvent jobEvent, CancellationToken cancellationToken)
    {
        await storage.RawEvents.DeleteBlobIfExistsAsync(jobEvent.RawBlob, cancellationToken: cancellationToken);
        await storage.Events.DeleteOfPartitionAsync(TableClient.CreateQueryFilter($"PartitionKey eq {jobEvent.Event}"), cancellationToken);
        await index.ForgetAsync(jobEvent.Event, jobEvent.ReceivedAt, cancellationToken);
    }
}
