using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>Converter of messages between the broker and the .NET SDK.</summary>
internal static class SdkMessages
{
    public static ServiceBusMessage ToSdk(this BrokerMessage message)
    {
        var translated = new ServiceBusMessage(message.Body)
        {
            ContentType = message.ContentType,
            CorrelationId = message.CorrelationId,
            Subject = message.Subject,
            To = message.To,
            ReplyTo = message.ReplyTo,
            ReplyToSessionId = message.ReplyToSessionId,
            SessionId = message.SessionId,
            PartitionKey = message.PartitionKey,
        };
        // The SDK does not accept null for these.
        if (message.MessageId is { } id)
            translated.MessageId = id;
        if (message.TimeToLive is { } timeToLive)
            translated.TimeToLive = timeToLive;
        if (message.ScheduledEnqueueTime is { } scheduled)
            translated.ScheduledEnqueueTime = scheduled;
        foreach (var (name, value) in message.ApplicationProperties)
            translated.ApplicationProperties[name] = value;
        return translated;
    }

    public static IDictionary<string, object>? ToSdk(this IReadOnlyDictionary<string, object?>? properties) =>
        properties?.ToDictionary(property => property.Key, property => property.Value!);

    /// <summary>Converts received, deferred or peeked messages.</summary>
    /// <param name="messages">The messages of one call.</param>
    /// <param name="isLocked">Whether they were received in peek-lock mode.</param>
    public static IReadOnlyList<ReceivedMessage> ToBroker(this IReadOnlyList<ServiceBusReceivedMessage> messages, bool isLocked) =>
        [.. messages.Select(message => message.ToBroker(isLocked))];

    /// <summary>Creates a message with only a lock token, which is enough to settle it or to renew its lock.</summary>
    public static ServiceBusReceivedMessage Locked(Guid lockToken) => ServiceBusModelFactory.ServiceBusReceivedMessage(lockTokenGuid: lockToken);

    private static ReceivedMessage ToBroker(this ServiceBusReceivedMessage message, bool isLocked) => new()
    {
        Message = new BrokerMessage
        {
            Body = message.Body.ToMemory(),
            MessageId = message.MessageId,
            ContentType = message.ContentType,
            CorrelationId = message.CorrelationId,
            Subject = message.Subject,
            To = message.To,
            ReplyTo = message.ReplyTo,
            ReplyToSessionId = message.ReplyToSessionId,
            SessionId = message.SessionId,
            PartitionKey = message.PartitionKey,
            TimeToLive = message.TimeToLive == TimeSpan.MaxValue ? null : message.TimeToLive,
            ScheduledEnqueueTime = message.ScheduledEnqueueTime == default ? null : message.ScheduledEnqueueTime,
            ApplicationProperties = message.ApplicationProperties.ToDictionary(property => property.Key, property => (object?)property.Value),
        },
        SequenceNumber = message.SequenceNumber,
        EnqueuedSequenceNumber = message.EnqueuedSequenceNumber,
        EnqueuedTime = message.EnqueuedTime,
        ExpiresAt = message.ExpiresAt,
        DeliveryCount = message.DeliveryCount,
        State = (MessageState)message.State,
        LockToken = isLocked ? Guid.Parse(message.LockToken) : null,
        LockedUntil = isLocked ? message.LockedUntil : null,
        DeadLetterSource = message.DeadLetterSource,
    };
}
