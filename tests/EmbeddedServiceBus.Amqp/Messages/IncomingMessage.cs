using Amqp;
using Amqp.Types;

namespace EmbeddedServiceBus.Amqp.Messages;

/// <summary>A message as a client of the broker gets it.</summary>
internal static class IncomingMessage
{
    public static ReceivedMessage Received(Message message, Guid? lockToken) => Peeked(message) with
    {
        LockToken = lockToken,
        DeliveryCount = (int)message.Header.DeliveryCount + 1,
        LockedUntil = lockToken is null ? null : Instant(message, Annotations.LockedUntil),
    };

    public static ReceivedMessage Peeked(Message message)
    {
        var annotations = message.MessageAnnotations.Map;
        return new ReceivedMessage
        {
            Message = MessageReader.ReadOne(message),
            SequenceNumber = Number(annotations, Annotations.SequenceNumber),
            EnqueuedSequenceNumber = Number(annotations, Annotations.EnqueuedSequenceNumber),
            EnqueuedTime = Instant(message, Annotations.EnqueuedTime) ?? default,
            ExpiresAt = message.Properties.AbsoluteExpiryTime is var at && at > DateTime.MinValue ? new DateTimeOffset(at) : DateTimeOffset.MaxValue,
            DeliveryCount = (int)message.Header.DeliveryCount,
            State = (MessageState)(AmqpValues.Find(annotations, Annotations.MessageState) as int? ?? 0),
            DeadLetterSource = AmqpValues.Find(annotations, Annotations.DeadLetterSource) as string,
        };
    }

    private static long Number(Map annotations, string name) => AmqpValues.Find(annotations, name) as long? ?? 0;

    private static DateTimeOffset? Instant(Message message, string name) =>
        AmqpValues.Find(message.MessageAnnotations.Map, name) is DateTime at ? new DateTimeOffset(at) : null;
}
