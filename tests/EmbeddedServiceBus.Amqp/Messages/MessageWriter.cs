using System.Runtime.InteropServices;
using Amqp;
using Amqp.Framing;
using Amqp.Types;

namespace EmbeddedServiceBus.Amqp.Messages;

/// <summary>Writer of a sender's message in its wire form.</summary>
internal static class MessageWriter
{
    public static void Write(Message target, BrokerMessage message)
    {
        target.Header = new Header();
        if (message.TimeToLive is { TotalMilliseconds: <= uint.MaxValue } timeToLive)
            target.Header.Ttl = (uint)timeToLive.TotalMilliseconds;

        target.Properties = new Properties
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

        Annotate(target, Annotations.ScheduledEnqueueTime, message.ScheduledEnqueueTime?.UtcDateTime);
        Annotate(target, Annotations.PartitionKey, message.PartitionKey);
        if (message.ApplicationProperties.Count > 0)
        {
            target.ApplicationProperties = new ApplicationProperties();
            foreach (var (name, value) in message.ApplicationProperties)
                target.ApplicationProperties[name] = AmqpValues.ToAmqp(value);
        }

        ArraySegment<byte> body = MemoryMarshal.TryGetArray(message.Body, out var bytes) ? bytes : message.Body.ToArray();
        target.BodySection = new Data { Buffer = new ByteBuffer(body.Array ?? [], body.Offset, body.Count, body.Count) };
    }

    /// <param name="target">The message to annotate.</param>
    /// <param name="name">The annotation.</param>
    /// <param name="value">The value; null leaves the annotation out.</param>
    public static void Annotate(Message target, string name, object? value)
    {
        if (value is null)
            return;
        target.MessageAnnotations ??= new MessageAnnotations();
        target.MessageAnnotations[new Symbol(name)] = value;
    }

    public static byte[] Encode(Message message)
    {
        var encoded = message.Encode();
        return encoded.Buffer.AsSpan(encoded.Offset, encoded.Length).ToArray();
    }
}
