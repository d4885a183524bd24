using System.Text;

namespace EmbeddedServiceBus.Content;

/// <summary>
/// Size of a message as AMQP 1.0 encodes it, in bytes, which the service compares with its limit. It follows OASIS AMQP 1.0, part 1 section 1.6
/// (types) and part 3 section 3.2 (sections), with the sections and described types that the .NET SDK writes.
/// </summary>
public static class AmqpSize
{
    /// <summary>The overhead of each message in a batch: its data section with a four-byte length.</summary>
    public const int BatchEntryOverhead = Descriptor + 5;

    // 0x00, 0x53 and the section's code.
    private const int Descriptor = 3;
    private const int Timestamp = 9;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">A text has an unpaired surrogate, or a property has a type that Service Bus does not support.</exception>
    public static long Measure(BrokerMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Header(message) + Annotations(message) + Properties(message) + ApplicationProperties(message.ApplicationProperties)
            + Descriptor + Variable(message.Body.Length);
    }

    /// <returns>The size of the messages together when they are sent in one call.</returns>
    public static long Measure(IReadOnlyList<BrokerMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var size = messages.Sum(Measure);
        return messages.Count > 1 ? size + (long)BatchEntryOverhead * messages.Count : size;
    }

    internal static long ApplicationProperties(IReadOnlyDictionary<string, object?> properties) =>
        properties.Count == 0 ? 0 : Descriptor + Compound(properties.Sum(property => Text(property.Key) + Value(property.Key, property.Value)));

    internal static long Value(string name, object? value) => value switch
    {
        null or bool => 1,
        byte or sbyte => 2,
        short or ushort => 3,
        int number => Signed(number, width: 4),
        uint number => Unsigned(number, width: 4),
        long number => Signed(number, width: 8),
        ulong number => Unsigned(number, width: 8),
        float or char => 5,
        double or DateTime => 9,
        decimal or Guid => 17,
        string text => Text(text),
        byte[] bytes => Variable(bytes.Length),
        DateTimeOffset instant => Described("com.microsoft:datetime-offset", Signed(instant.UtcTicks, width: 8)),
        TimeSpan time => Described("com.microsoft:timespan", Signed(time.Ticks, width: 8)),
        Uri uri => Described("com.microsoft:uri", Text(uri.OriginalString)),
        _ => throw PropertyCodec.Unsupported(name, value),
    };

    // durable, priority and ttl: two nulls and a uint.
    private static long Header(BrokerMessage message) => message.TimeToLive is { } timeToLive
        ? Descriptor + Compound(2 + Unsigned((ulong)Math.Clamp(timeToLive.TotalMilliseconds, 0, uint.MaxValue), width: 4))
        : 0;

    private static long Annotations(BrokerMessage message)
    {
        long content = 0;
        if (message.ScheduledEnqueueTime is not null)
            content += Text("x-opt-scheduled-enqueue-time") + Timestamp;
        if (message.PartitionKey is { } key)
            content += Text("x-opt-partition-key") + Text(key);
        return content == 0 ? 0 : Descriptor + Compound(content);
    }

    private static long Properties(BrokerMessage message)
    {
        // In the order of the specification. Fields that this API cannot set are null. An absent field takes a byte if a later one is present.
        string?[] fields =
        [
            message.MessageId, null, message.To, message.Subject, message.ReplyTo, message.CorrelationId, message.ContentType,
            null, null, null, message.SessionId, null, message.ReplyToSessionId,
        ];
        var used = Array.FindLastIndex(fields, field => field is not null) + 1;
        return used == 0 ? 0 : Descriptor + Compound(fields.Take(used).Sum(field => field is null ? 1 : Text(field)));
    }

    private static long Described(string symbol, long value) => 1 + Text(symbol) + value;

    // A value that fits into a byte is encoded as one, with a code of its own.
    private static long Signed(long number, int width) => 1 + (number is >= sbyte.MinValue and <= sbyte.MaxValue ? 1 : width);

    private static long Unsigned(ulong number, int width) => 1 + (number == 0 ? 0 : number <= byte.MaxValue ? 1 : width);

    private static long Text(string text) => Variable(StrictUtf8.GetByteCount(text));

    private static long Variable(long length) => length + (length <= byte.MaxValue ? 2 : 5);

    // A list or map: code, size and count. Size and count take one byte each if content and count are below 256, and four otherwise.
    private static long Compound(long content) => content + (content < byte.MaxValue ? 3 : 9);
}
