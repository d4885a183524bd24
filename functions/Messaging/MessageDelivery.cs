using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Messaging;

/// <summary>One delivery of a message.</summary>
/// <param name="SequenceNumber">Which message: the broker's number, never given twice in a queue.</param>
/// <param name="LockToken">Which delivery. The broker knows one holder of a message: a new token means that the earlier one has lost it.</param>
/// <param name="DeliveryCount">Number of this delivery, from 1. At the queue's limit the broker dead-letters the message.</param>
public sealed record MessageDelivery(long SequenceNumber, string LockToken, int DeliveryCount)
{
    public static MessageDelivery Of(ServiceBusReceivedMessage message) => new(message.SequenceNumber, message.LockToken, message.DeliveryCount);

    /// <summary>How the delivery signs a claim.</summary>
    public string LeaseOwner => FormattableString.Invariant($"{SequenceNumber}:{LockToken}");

    /// <summary>Whether a claim was signed by a delivery of this message, this one or an earlier.</summary>
    public bool IsOfSameMessage(string claimant) =>
        claimant.StartsWith(FormattableString.Invariant($"{SequenceNumber}:"), StringComparison.Ordinal);
}
