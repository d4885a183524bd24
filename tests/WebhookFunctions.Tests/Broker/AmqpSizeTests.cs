using Amqp;
using Amqp.Framing;
using Amqp.Types;
using CsCheck;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Content;
using AmqpDecimal = Amqp.Types.Decimal;

namespace WebhookFunctions.Tests.Broker;

public sealed class AmqpSizeTests
{
    // Optional texts produce lists with gaps, and lists without their last fields.
    private static readonly Gen<string?> OptionalText = ApplicationPropertyGen.Text.Null();

    private static readonly Gen<BrokerMessage> AnyMessage =
        from texts in OptionalText.Array[9]
        from body in Gen.Byte.Array[0, 600]
        from properties in ApplicationPropertyGen.Properties
        from timeToLive in Gen.Bool
        from scheduled in Gen.Bool
        select new BrokerMessage
        {
            MessageId = texts[0],
            To = texts[1],
            Subject = texts[2],
            ReplyTo = texts[3],
            CorrelationId = texts[4],
            // This field is a symbol in AMQP, which must be ASCII.
            ContentType = texts[5] is { } text ? new string('x', text.Length) : null,
            SessionId = texts[6],
            ReplyToSessionId = texts[7],
            PartitionKey = texts[8],
            Body = body,
            ApplicationProperties = properties,
            TimeToLive = timeToLive ? TimeSpan.FromDays(1) : null,
            ScheduledEnqueueTime = scheduled ? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) : null,
        };

    [Fact]
    public void A_message_is_as_large_as_AMQP_encodes_it() =>
        AnyMessage.Sample(message => Assert.Equal(ToAmqp(message).Encode().Length, AmqpSize.Measure(message)));

    private static Message ToAmqp(BrokerMessage message)
    {
        var amqp = new Message { BodySection = new Data { Binary = message.Body.ToArray() } };
        if (message.TimeToLive is { } timeToLive)
            amqp.Header = new Header { Ttl = (uint)timeToLive.TotalMilliseconds };

        if (message.ScheduledEnqueueTime is { } at)
            Annotations()[new Symbol("x-opt-scheduled-enqueue-time")] = at.UtcDateTime;
        if (message.PartitionKey is { } key)
            Annotations()[new Symbol("x-opt-partition-key")] = key;

        string?[] texts =
        [
            message.MessageId, message.To, message.Subject, message.ReplyTo, message.CorrelationId, message.ContentType, message.SessionId,
            message.ReplyToSessionId,
        ];
        if (texts.Any(text => text is not null))
            amqp.Properties = new Properties();
        if (message.MessageId is { } id)
            amqp.Properties.MessageId = id;
        if (message.To is { } to)
            amqp.Properties.To = to;
        if (message.Subject is { } subject)
            amqp.Properties.Subject = subject;
        if (message.ReplyTo is { } replyTo)
            amqp.Properties.ReplyTo = replyTo;
        if (message.CorrelationId is { } correlationId)
            amqp.Properties.CorrelationId = correlationId;
        if (message.ContentType is { } contentType)
            amqp.Properties.ContentType = contentType;
        if (message.SessionId is { } sessionId)
            amqp.Properties.GroupId = sessionId;
        if (message.ReplyToSessionId is { } replyToSessionId)
            amqp.Properties.ReplyToGroupId = replyToSessionId;

        if (message.ApplicationProperties.Count > 0)
            amqp.ApplicationProperties = new ApplicationProperties();
        foreach (var (name, value) in message.ApplicationProperties)
            amqp.ApplicationProperties[name] = ToAmqp(value);
        return amqp;

        MessageAnnotations Annotations() => amqp.MessageAnnotations ??= new MessageAnnotations();
    }

    // Maps values as the .NET SDK does: a type that AMQP lacks is described by a symbol.
    private static object? ToAmqp(object? value) => value switch
    {
        TimeSpan time => new DescribedValue(new Symbol("com.microsoft:timespan"), time.Ticks),
        DateTimeOffset instant => new DescribedValue(new Symbol("com.microsoft:datetime-offset"), instant.UtcTicks),
        Uri uri => new DescribedValue(new Symbol("com.microsoft:uri"), uri.OriginalString),
        decimal => new AmqpDecimal(new byte[16]),
        DateTime instant => DateTime.SpecifyKind(instant, DateTimeKind.Utc),
        _ => value,
    };
}
