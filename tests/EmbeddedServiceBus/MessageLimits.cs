using EmbeddedServiceBus.Content;

namespace EmbeddedServiceBus;

/// <summary>
/// Limits of the service on messages: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas. Limits in characters are the
/// SDK's, and throw an <see cref="ArgumentException"/> as the SDK does.
/// </summary>
internal static class MessageLimits
{
    public const int DeadLetterTextCharacters = 4_096;
    private const int IdCharacters = 128;
    private const int PropertyBytes = 32 * 1024;
    private const int PropertiesBytes = 64 * 1024;

    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.MessageSizeExceeded"/>.</exception>
    public static void Check(IReadOnlyList<BrokerMessage> messages, QueueOptions queue)
    {
        foreach (var message in messages)
        {
            ThrowIfLonger(message.MessageId, nameof(message.MessageId));
            ThrowIfLonger(message.SessionId, nameof(message.SessionId));
            ThrowIfLonger(message.PartitionKey, nameof(message.PartitionKey));
            if (message.TimeToLive <= TimeSpan.Zero)
                throw new ArgumentException("The time to live must be greater than zero.", nameof(messages));

            var properties = message.ApplicationProperties;
            if (properties.Any(property => AmqpSize.Value(property.Key, property.Value) > PropertyBytes))
                throw Exceeded($"An application property has more than {PropertyBytes} bytes.");
            if (AmqpSize.ApplicationProperties(properties) > PropertiesBytes)
                throw Exceeded($"The application properties together have more than {PropertiesBytes} bytes.");
        }

        var size = AmqpSize.Measure(messages);
        if (size > queue.MaxMessageBytes)
            throw Exceeded($"The messages have {size} bytes; the queue '{queue.Name}' allows {queue.MaxMessageBytes} bytes in one send.");
    }

    private static void ThrowIfLonger(string? id, string name)
    {
        if (id?.Length > IdCharacters)
            throw new ArgumentException($"{name} has {id.Length} characters; at most {IdCharacters} are allowed.", name);
    }

    private static BrokerException Exceeded(string message) => new(BrokerErrorReason.MessageSizeExceeded, message);
}
