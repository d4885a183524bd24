using Amqp;
using Amqp.Framing;

namespace EmbeddedServiceBus.Amqp.Messages;

/// <summary>Reader that turns a sender's AMQP message into the broker's form.</summary>
internal static class MessageReader
{
    /// <summary>A batch: each of the body's data sections is an encoded message.</summary>
    public const uint BatchFormat = 0x8001_3700;

    /// <returns>The one message, or the messages of a batch.</returns>
    /// <exception cref="AmqpException">The body is of an unsupported kind.</exception>
    /// <exception cref="ArgumentException">An application property has a type that Service Bus does not support.</exception>
    public static IReadOnlyList<BrokerMessage> Read(Message message) =>
        message.Format == BatchFormat ? [.. Sections(message).Select(section => ReadOne(Message.Decode(section.Buffer)))] : [ReadOne(message)];

    /// <inheritdoc cref="Read(Message)"/>
    public static BrokerMessage Read(byte[] encoded) =>
        ReadOne(Message.Decode(new ByteBuffer(encoded, 0, encoded.Length, encoded.Length)));

    private static BrokerMessage ReadOne(Message message)
    {
        var properties = message.Properties;
        var annotations = message.MessageAnnotations?.Map;
        return new BrokerMessage
        {
            Body = Body(message),
            MessageId = AmqpValues.Text(properties?.GetMessageId()),
            ContentType = properties?.ContentType,
            CorrelationId = AmqpValues.Text(properties?.GetCorrelationId()),
            Subject = properties?.Subject,
            To = properties?.To,
            ReplyTo = properties?.ReplyTo,
            ReplyToSessionId = properties?.ReplyToGroupId,
            SessionId = properties?.GroupId,
            PartitionKey = AmqpValues.Find(annotations, Annotations.PartitionKey) as string,
            TimeToLive = message.Header is { Ttl: > 0 } header ? TimeSpan.FromMilliseconds(header.Ttl) : null,
            ScheduledEnqueueTime = AmqpValues.Find(annotations, Annotations.ScheduledEnqueueTime) is DateTime at ? new DateTimeOffset(at) : null,
            ApplicationProperties = AmqpValues.Properties(message.ApplicationProperties?.Map),
        };
    }

    private static ReadOnlyMemory<byte> Body(Message message) => Sections(message) switch
    {
        [] => default,
        [var only] => only.Buffer.Buffer.AsMemory(only.Buffer.Offset, only.Buffer.Length),
        var several => several.SelectMany(section => section.Binary).ToArray(),
    };

    private static IReadOnlyList<Data> Sections(Message message) => message.BodySection switch
    {
        null => [],
        Data one => [one],
        DataList several => [.. Enumerable.Range(0, several.Count).Select(index => several[index])],
        _ => throw new AmqpException(ErrorCode.NotImplemented, "Only bodies of data sections are supported, not AMQP values or sequences."),
    };
}
