using Azure.Messaging.ServiceBus;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Messaging;

/// <summary>Senders of the queues that live as long as the app.</summary>
public sealed class QueueSenders(ServiceBusClient client, Outages outages)
{
    public ServiceBusSender Events { get; } = new ObservedSender(client.CreateSender(QueueNames.WebhookEvents), outages.Broker);

    public ServiceBusSender Assets { get; } = new ObservedSender(client.CreateSender(QueueNames.AssetDownloads), outages.Broker);

    public ServiceBusSender Notifications { get; } = new ObservedSender(client.CreateSender(QueueNames.JobNotifications), outages.Broker);

    /// <summary>The sender of the queue that the user's own consumers read.</summary>
    public ServiceBusSender Results { get; } = new ObservedSender(client.CreateSender(QueueNames.JobResults), outages.Broker);

    /// <summary>The sender of <paramref name="queue"/>, which is one that the app consumes.</summary>
    public ServiceBusSender To(string queue) => queue switch
    {
        QueueNames.WebhookEvents => Events,
        QueueNames.AssetDownloads => Assets,
        QueueNames.JobNotifications => Notifications,
        _ => throw new ArgumentOutOfRangeException(nameof(queue)),
    };

    /// <summary>Sends all of <paramref name="messages"/>, in as few operations as the broker's size limit allows.</summary>
    public static async Task SendAllAsync(ServiceBusSender sender, IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken)
    {
        var batch = await sender.CreateMessageBatchAsync(cancellationToken);
        try
        {
            foreach (var message in messages)
            {
                if (batch.TryAddMessage(message))
                {
                    continue;
                }

                if (batch.Count == 0)
                {
                    // The message does not fit into a batch. Sent alone, it causes the broker's own error.
                    await sender.SendMessageAsync(message, cancellationToken);
                    continue;
                }

                await sender.SendMessagesAsync(batch, cancellationToken);
                batch.Dispose();
                batch = await sender.CreateMessageBatchAsync(cancellationToken);
                if (!batch.TryAddMessage(message))
                {
                    await sender.SendMessageAsync(message, cancellationToken);
                }
            }

            if (batch.Count > 0)
            {
                await sender.SendMessagesAsync(batch, cancellationToken);
            }
        }
        finally
        {
            batch.Dispose();
        }
    }
}
