using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>The dead letters of the queues that the app works on.</summary>
public sealed class DeadLetterQueues(ServiceBusClient client)
{
    /// <summary>How many dead letters one answer lists.</summary>
    public const int PageSize = 100;

    /// <summary>Whether the app has a queue of that name.</summary>
    public static bool Has(string queue) => QueueNames.Worked.Contains(queue);

    /// <summary>A receiver for the dead letters of <paramref name="queue"/>.</summary>
    public ServiceBusReceiver Open(string queue) => client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    /// <summary>Peeks at most <paramref name="most"/> messages from a sequence number on. Fewer mean that there are no more.</summary>
    public static async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekAsync(
        ServiceBusReceiver receiver, long from, int most, CancellationToken cancellationToken)
    {
        var found = new List<ServiceBusReceivedMessage>();
        while (found.Count < most)
        {
            // The broker gives as many as fit into one answer, which may be fewer than it was asked for and fewer than there are.
            var piece = await receiver.PeekMessagesAsync(most - found.Count, from, cancellationToken);
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
