using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>Reader of a queue's content that determines which work has a message on it. It peeks, which locks nothing.</summary>
/// <remarks>
/// The times of a queue's messages are not enough. An asset that waits for a slot always has a young or scheduled message, and the oldest message of
/// a backlog is younger than its row. A follow-up message is sent before the current one is completed, and has a higher sequence number. Work that
/// continues while the queue is read is therefore found.
/// <para>
/// A message of a newer version circulates until an instance of that version takes it. It names its work as every version does, so it conceals no
/// other work. Only a message of the app that names none may belong to any work.
/// </para>
/// </remarks>
public sealed class QueueBacklog(ServiceBusClient client)
{
    /// <summary>The maximum number of messages to peek, in some fifty requests. A longer queue is not judged until it is shorter.</summary>
    public const int MaxPeeked = 5_000;

    /// <summary>Reads the current content of a queue.</summary>
    public async Task<QueueContents> ReadAsync(string queue, CancellationToken cancellationToken)
    {
        await using var receiver = client.CreateReceiver(queue);
        var work = new HashSet<string>(StringComparer.Ordinal);
        var isComplete = true;
        var count = 0;
        await foreach (var message in receiver.PeekAllAsync(cancellationToken))
        {
            if (++count > MaxPeeked)
            {
                return new QueueContents(work, IsComplete: false);
            }

            if (KeyOf(queue, message) is { } key)
            {
                work.Add(key);
            }
            else if (message.ApplicationProperties.ContainsKey(MessageProperties.Provider))
            {
                // The app sent it, because only the app sets this property.
                isComplete = false;
            }
        }

        return new QueueContents(work, isComplete);
    }

    /// <summary>Returns the key of an event's own work; with <paramref name="row"/>, the key of an asset's or a notification's work.</summary>
    /// <param name="partitionKey">The event's partition.</param>
    /// <param name="row">The row of the asset or the notification; null for the event.</param>
    public static string KeyOf(string partitionKey, string? row = null) => row is null ? partitionKey : $"{partitionKey} {row}";

    private static string? KeyOf(string queue, ServiceBusReceivedMessage message) => queue switch
    {
        QueueNames.AssetDownloads => AssetMessage.FindSubject(message) is { } asset ? KeyOf(asset.Event.PartitionKey, asset.Row) : null,
        QueueNames.JobNotifications => NotificationMessage.Read(message) is { } owed ? KeyOf(owed.Event.PartitionKey, owed.Row) : null,
        _ => EventMessage.FindKey(message) is { } @event ? KeyOf(@event.PartitionKey) : null,
    };
}
