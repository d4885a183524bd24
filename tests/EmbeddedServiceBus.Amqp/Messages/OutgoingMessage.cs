using Amqp;

namespace EmbeddedServiceBus.Amqp.Messages;

/// <summary>Message of the broker on its way to a receiver. Its delivery tag is its lock token.</summary>
internal sealed class OutgoingMessage : Message
{
    private OutgoingMessage(ReceivedMessage received, int deliveriesBefore)
    {
        Tag = received.LockToken;
        MessageWriter.Write(this, received.Message);
        Header.DeliveryCount = (uint)deliveriesBefore;
        if (received.ExpiresAt < DateTimeOffset.MaxValue)
            Properties.AbsoluteExpiryTime = received.ExpiresAt.UtcDateTime;
        Annotate(Annotations.SequenceNumber, received.SequenceNumber);
        Annotate(Annotations.EnqueuedSequenceNumber, received.EnqueuedSequenceNumber);
        Annotate(Annotations.EnqueuedTime, received.EnqueuedTime.UtcDateTime);
        Annotate(Annotations.MessageState, (int)received.State);
        Annotate(Annotations.LockedUntil, received.LockedUntil?.UtcDateTime);
        Annotate(Annotations.DeadLetterSource, received.DeadLetterSource);
    }

    /// <summary>The delivery tag: the bytes of the lock token in .NET's order. Null if the message is not locked.</summary>
    public Guid? Tag { get; }

    /// <summary>Returns the message as its receiver gets it.</summary>
    public static OutgoingMessage Received(ReceivedMessage message) => new(message, message.DeliveryCount - 1);

    /// <summary>Returns the message as a peek shows it.</summary>
    public static OutgoingMessage Peeked(ReceivedMessage message) => new(message, message.DeliveryCount);

    private void Annotate(string name, object? value) => MessageWriter.Annotate(this, name, value);
}
