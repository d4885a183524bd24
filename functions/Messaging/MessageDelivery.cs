using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Messaging;

/// <summary>Delivery of a message.</summary>
/// <param name="SequenceNumber">The message's number, which is unique in its queue.</param>
/// <param name="LockToken">The delivery's lock token. A message has one lock at a time, so a new token means that the earlier delivery has lost its
/// lock.</param>
/// <param name="DeliveryCount">Delivery count, starting at 1. At the queue's maximum the broker dead-letters the message.</param>
public sealed record MessageDelivery(long SequenceNumber, string LockToken, int DeliveryCount)
{
    // The delivery count from which work continues in a new message. While a worker starts, which takes some seconds, each message is delivered some
    // forty times a second.
    private const int MaxDeliveries = 100;

    /// <summary>
    /// Gets whether the work should continue in a new message before it is started. While a worker is being replaced, the Functions host fails each
    /// delivery at once. A few slow starts of a worker would bring the message to the queue's maximum.
    /// </summary>
    public bool IsNearDeliveryLimit => DeliveryCount >= MaxDeliveries;

    /// <summary>
    /// Gets whether the delivery is already settled, because the work waited for a slot and its next message is scheduled. Such work schedules no
    /// further message just to continue later.
    /// </summary>
    public bool IsSettled { get; init; }

    public static MessageDelivery From(ServiceBusReceivedMessage message) => new(message.SequenceNumber, message.LockToken, message.DeliveryCount);

    /// <summary>Gets the delivery's name as a lease owner: <c>{sequence number}:{lock token}</c>.</summary>
    public string LeaseOwner => FormattableString.Invariant($"{SequenceNumber}:{LockToken}");

    /// <summary>Returns whether a lease owner is this or an earlier delivery of this message.</summary>
    public bool IsOfSameMessage(string leaseOwner) =>
        leaseOwner.StartsWith(FormattableString.Invariant($"{SequenceNumber}:"), StringComparison.Ordinal);
}
