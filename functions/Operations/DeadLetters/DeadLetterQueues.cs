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

    /// <summary>
    /// Returns those of <paramref name="numbers"/> that are sequence numbers of dead letters of <paramref name="queue"/>. It peeks, so it finds
    /// those that a scan holds too.
    /// </summary>
    public async Task<IReadOnlyList<long>> FindAsync(string queue, IEnumerable<long> numbers, CancellationToken cancellationToken)
    {
        await using var receiver = Open(queue);
        var found = new List<long>();
        var left = new Queue<long>(numbers.Order());
        while (left.Count > 0 && await receiver.PeekMessagesAsync(PageSize, left.Peek(), cancellationToken) is { Count: > 0 } page)
        {
            var there = page.Select(message => message.SequenceNumber).ToHashSet();
            while (left.TryPeek(out var number) && number <= page[^1].SequenceNumber)
            {
                if (there.Contains(left.Dequeue()))
                {
                    found.Add(number);
                }
            }
        }

        return found;
    }

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
