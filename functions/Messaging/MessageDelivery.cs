using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Messaging;

/// <summary>One delivery of a message.</summary>
/// <param name="SequenceNumber">The message's number, which the broker gives once in a queue.</param>
/// <param name="LockToken">The delivery's token. A message has one holder: a new token means that the earlier holder has lost its lock.</param>
/// <param name="DeliveryCount">Delivery count, starting at 1. At the queue's maximum the broker dead-letters the message.</param>
public sealed record MessageDelivery(long SequenceNumber, string LockToken, int DeliveryCount)
{
    // A new worker takes some seconds, in which each message is delivered some forty times a second.
    private const int MostDeliveries = 100;

    /// <summary>
    /// Whether the work is better continued in a new message, before it is started. While a worker is being replaced, the Functions host fails each delivery
    /// at once: a few slow starts of a worker would bring the message to the queue's maximum.
    /// </summary>
    public bool IsWorn => DeliveryCount >= MostDeliveries;

    /// <summary>
    /// Whether the delivery is settled already, because the work waited and its next message is scheduled. Such work sends no other message merely to be
    /// continued later.
    /// </summary>
    public bool IsSettled { get; init; }

    public static MessageDelivery Of(ServiceBusReceivedMessage message) => new(message.SequenceNumber, message.LockToken, message.DeliveryCount);

    /// <summary>The delivery's name as the owner of a lease: <c>{sequence number}:{lock token}</c>.</summary>
    public string LeaseOwner => FormattableString.Invariant($"{SequenceNumber}:{LockToken}");

    /// <summary>Whether the owner of a lease is a delivery of this message, this one or an earlier one.</summary>
    public bool IsOfSameMessage(string leaseOwner) =>
        leaseOwner.StartsWith(FormattableString.Invariant($"{SequenceNumber}:"), StringComparison.Ordinal);
}
