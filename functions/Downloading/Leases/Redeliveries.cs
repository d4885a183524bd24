using WebhookFunctions.Messaging;

namespace WebhookFunctions.Downloading.Leases;

/// <summary>
/// Record of the messages that were redelivered to this process. It tells leases whose owner has lost its lock from leases that may be in use.
/// </summary>
/// <remarks>
/// An invocation may hold leases on several assets, one after the other, under the name of its own message. If its process dies, its message is
/// redelivered, and any invocation may then take the lease over. Without this, the asset would wait until the lease expires.
/// </remarks>
public sealed class Redeliveries
{
    // A lease outlives its process by a minute at most. If more messages are redelivered in that time, the leases of the earliest ones expire on their own.
    private const int MaxMessages = 1_000;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<long, int> _deliveries = [];

    /// <summary>Adds a delivery of a message that was delivered before.</summary>
    public void Add(MessageDelivery delivery)
    {
        lock (_lock)
        {
            if (!_deliveries.TryAdd(delivery.SequenceNumber, delivery.DeliveryCount))
            {
                _deliveries[delivery.SequenceNumber] = Math.Max(_deliveries[delivery.SequenceNumber], delivery.DeliveryCount);
            }
            else if (_deliveries.Count > MaxMessages)
            {
                _deliveries.RemoveAt(0);
            }
        }
    }

    /// <summary>
    /// Returns whether a later delivery of the owner's message is known, so that the owner has lost its lock. A later delivery may also have gone to
    /// another process, so the delivery counts are compared.
    /// </summary>
    /// <param name="leaseOwner">The owner, in the form of <see cref="MessageDelivery.LeaseOwner"/>.</param>
    public bool Supersede(string leaseOwner)
    {
        if (!MessageDelivery.TryReadOwner(leaseOwner, out var sequenceNumber, out var deliveryCount))
        {
            return false;
        }

        lock (_lock)
        {
            return _deliveries.TryGetValue(sequenceNumber, out var latest) && latest > deliveryCount;
        }
    }
}
