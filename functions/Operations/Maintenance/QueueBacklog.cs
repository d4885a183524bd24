using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>Reader of which work has a message on a queue. It peeks, which locks nothing.</summary>
/// <remarks>
/// The times of a queue's messages alone are not enough. An asset that waits for a slot always has a young or scheduled message, and the oldest
/// message of a backlog is younger than its row. Follow-up messages are sent before the present one is completed, and have a higher sequence number,
/// so work that continues while the queue is read is found.
/// </remarks>
public sealed class QueueBacklog(ServiceBusClient client)
{
    private const int PageSize = 100;

    // Some fifty requests to the broker. A queue with more is judged once it is shorter.
    private const int MostLookedAt = 5_000;

    /// <summary>Reads what a queue holds now.</summary>
    public async Task<QueueContents> ReadAsync(string queue, CancellationToken cancellationToken)
    {
        await using var receiver = client.CreateReceiver(queue);
        var work = new HashSet<string>(StringComparer.Ordinal);
        var isReadable = true;
        long from = 0;
        for (var count = 0; count < MostLookedAt;)
        {
            var messages = await receiver.PeekMessagesAsync(PageSize, from, cancellationToken);
            if (messages.Count == 0)
            {
                return new QueueContents(work, isReadable);
            }

            foreach (var message in messages)
            {
                if (KeyOf(queue, message) is { } key)
                {
                    work.Add(key);
                }
                else
                {
                    isReadable = false;
                }
            }

            count += messages.Count;
            from = messages[^1].SequenceNumber + 1;
        }

        return new QueueContents(work, IsComplete: false);
    }

    /// <summary>The key of an event's own work, or with <paramref name="row"/> of an asset's or a notification's.</summary>
    /// <param name="partitionKey">The event's partition.</param>
    /// <param name="row">The row of the asset or the notification; null for the event.</param>
    public static string KeyOf(string partitionKey, string? row = null) => row is null ? partitionKey : $"{partitionKey} {row}";

    private static string? KeyOf(string queue, ServiceBusReceivedMessage message) => queue switch
    {
        QueueNames.AssetDownloads => AssetMessage.TryRead(message) is { } asset ? KeyOf(asset.Event.PartitionKey, asset.Row) : null,
        QueueNames.JobNotifications => NotificationMessage.Read(message) is { } owed ? KeyOf(owed.Event.PartitionKey, owed.Row) : null,
        _ => EventMessage.TryRead(message) is { } @event ? KeyOf(@event.Key.PartitionKey) : null,
    };
}
