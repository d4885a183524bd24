using System.Globalization;
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

    /// <summary>Gets whether the message was delivered before. If work was lost with the process that had it, this is a sign of that.</summary>
    public bool IsRedelivery => DeliveryCount > 1;

    /// <summary>
    /// Gets whether the message is another work's. Its invocation has taken the work out of the waiting line, and the work's own message is scheduled.
    /// Such work schedules no further message just to continue later.
    /// </summary>
    public bool IsOfOtherWork { get; init; }

    /// <summary>Gets when the scheduled message of other work is due, UTC, if the work was recovered after a crash; otherwise null.</summary>
    public DateTimeOffset? OtherWorkDueAt { get; init; }

    public static MessageDelivery From(ServiceBusReceivedMessage message) => new(message.SequenceNumber, message.LockToken, message.DeliveryCount);

    /// <summary>Gets the delivery's name as a lease owner: <c>{sequence number}:{delivery count}:{lock token}</c>.</summary>
    public string LeaseOwner => FormattableString.Invariant($"{SequenceNumber}:{DeliveryCount}:{LockToken}");

    /// <summary>Returns whether a lease owner is this or an earlier delivery of this message.</summary>
    public bool IsOrFollows(string leaseOwner) =>
        TryReadOwner(leaseOwner, out var sequenceNumber, out var deliveryCount) && sequenceNumber == SequenceNumber && deliveryCount <= DeliveryCount;

    /// <summary>Reads a lease owner. Returns false if it does not have the form of <see cref="LeaseOwner"/>.</summary>
    public static bool TryReadOwner(string leaseOwner, out long sequenceNumber, out int deliveryCount)
    {
        var parts = leaseOwner.Split(':', 3);
        (sequenceNumber, deliveryCount) = (0, 0);
        return parts.Length == 3
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out sequenceNumber)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out deliveryCount);
    }
}
