using System.Runtime.InteropServices;
using Amqp;
using Amqp.Framing;
using Amqp.Types;

namespace EmbeddedServiceBus.Amqp.Messages;

/// <summary>A message of the broker on its way to a receiver, under the delivery tag that is its lock token.</summary>
internal sealed class OutgoingMessage : Message
{
    private OutgoingMessage(ReceivedMessage received, int deliveriesBefore)
    {
        var message = received.Message;
        Tag = received.LockToken;
        Header = new Header { DeliveryCount = (uint)deliveriesBefore };
        if (message.TimeToLive is { TotalMilliseconds: <= uint.MaxValue } timeToLive)
            Header.Ttl = (uint)timeToLive.TotalMilliseconds;

        Properties = new Properties
        {
            MessageId = message.MessageId,
            ContentType = message.ContentType,
            CorrelationId = message.CorrelationId,
            Subject = message.Subject,
            To = message.To,
            ReplyTo = message.ReplyTo,
            GroupId = message.SessionId,
            ReplyToGroupId = message.ReplyToSessionId,
        };
        if (received.ExpiresAt < DateTimeOffset.MaxValue)
            Properties.AbsoluteExpiryTime = received.ExpiresAt.UtcDateTime;

        MessageAnnotations = new MessageAnnotations();
        Annotate(Annotations.SequenceNumber, received.SequenceNumber);
        Annotate(Annotations.EnqueuedSequenceNumber, received.EnqueuedSequenceNumber);
        Annotate(Annotations.EnqueuedTime, received.EnqueuedTime.UtcDateTime);
        Annotate(Annotations.MessageState, (int)received.State);
        Annotate(Annotations.LockedUntil, received.LockedUntil?.UtcDateTime);
        Annotate(Annotations.ScheduledEnqueueTime, message.ScheduledEnqueueTime?.UtcDateTime);
        Annotate(Annotations.PartitionKey, message.PartitionKey);
        Annotate(Annotations.DeadLetterSource, received.DeadLetterSource);

        if (message.ApplicationProperties.Count > 0)
        {
            ApplicationProperties = new ApplicationProperties();
            foreach (var (name, value) in message.ApplicationProperties)
                ApplicationProperties[name] = AmqpValues.ToAmqp(value);
        }

        var body = MemoryMarshal.TryGetArray(message.Body, out var bytes) ? bytes : message.Body.ToArray();
        BodySection = new Data { Buffer = new ByteBuffer(body.Array ?? [], body.Offset, body.Count, body.Count) };
    }

    /// <summary>The delivery tag: the bytes of the lock token as .NET orders them. Null for what is not locked.</summary>
    public Guid? Tag { get; }

    /// <summary>As its receiver gets it.</summary>
    public static OutgoingMessage Received(ReceivedMessage message) => new(message, message.DeliveryCount - 1);

    /// <summary>As one who peeks sees it.</summary>
    public static OutgoingMessage Peeked(ReceivedMessage message) => new(message, message.DeliveryCount);

    public byte[] ToBytes()
    {
        var encoded = Encode();
        return encoded.Buffer.AsSpan(encoded.Offset, encoded.Length).ToArray();
    }

    private void Annotate(string name, object? value)
    {
        if (value is not null)
            MessageAnnotations[new Symbol(name)] = value;
    }
}
