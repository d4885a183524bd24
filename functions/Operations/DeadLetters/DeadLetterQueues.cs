using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>Access to the dead letters of the queues that the app consumes.</summary>
public sealed class DeadLetterQueues(ServiceBusClient client)
{
    /// <summary>The maximum number of dead letters in one answer.</summary>
    public const int PageSize = 100;

    /// <summary>Returns whether the app has a queue of that name.</summary>
    public static bool Has(string queue) => QueueNames.Consumed.Contains(queue);

    /// <summary>Opens a receiver for the dead letters of <paramref name="queue"/>.</summary>
    public ServiceBusReceiver Open(string queue) => client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    /// <summary>Peeks at most <paramref name="maxCount"/> messages from a sequence number on. Fewer are returned only if there are no more.</summary>
    public static async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekAsync(
        ServiceBusReceiver receiver, long from, int maxCount, CancellationToken cancellationToken)
    {
        var found = new List<ServiceBusReceivedMessage>();
        while (found.Count < maxCount)
        {
            // The broker returns as many as fit into one answer, which may be fewer than requested and than there are.
            var piece = await receiver.PeekMessagesAsync(maxCount - found.Count, from, cancellationToken);
            if (piece.Count == 0)
            {
                break;
            }

            found.AddRange(piece);
            from = piece[^1].SequenceNumber + 1;
        }

        return found;
    }
}
