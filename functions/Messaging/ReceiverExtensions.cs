using System.Runtime.CompilerServices;
using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Messaging;

/// <summary>Reading of a queue's content without locking it.</summary>
public static class ReceiverExtensions
{
    private const int PageSize = 100;

    /// <summary>
    /// Peeks the messages of a queue in the order of their sequence numbers: active, locked, deferred and scheduled ones. A page of at most 100
    /// messages is one operation of the broker.
    /// </summary>
    /// <exception cref="ServiceBusException">The broker is unavailable.</exception>
    public static async IAsyncEnumerable<ServiceBusReceivedMessage> PeekAllAsync(
        this ServiceBusReceiver receiver, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long from = 0;
        while (await receiver.PeekMessagesAsync(PageSize, from, cancellationToken) is { Count: > 0 } page)
        {
            foreach (var message in page)
            {
                yield return message;
            }

            from = page[^1].SequenceNumber + 1;
        }
    }
}
