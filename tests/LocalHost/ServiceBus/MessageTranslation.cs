using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;

namespace LocalHost.ServiceBus;

/// <summary>Between the SDK's messages and the broker's.</summary>
internal static class MessageTranslation
{
    public static BrokerMessage ToBroker(this ServiceBusMessage message) => new()
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
    };

    public static ServiceBusReceivedMessage ToReceived(this ReceivedMessage received)
    {
        var message = received.Message;
        return ServiceBusModelFactory.ServiceBusReceivedMessage(
            body: BinaryData.FromBytes(message.Body),
            messageId: message.MessageId,
            partitionKey: message.PartitionKey,
            sessionId: message.SessionId,
            replyToSessionId: message.ReplyToSessionId,
            // The service says the time that holds, which may be the queue's.
            timeToLive: received.ExpiresAt == DateTimeOffset.MaxValue ? TimeSpan.MaxValue : received.ExpiresAt - received.EnqueuedTime,
            correlationId: message.CorrelationId,
            subject: message.Subject,
            to: message.To,
            contentType: message.ContentType,
            replyTo: message.ReplyTo,
            scheduledEnqueueTime: message.ScheduledEnqueueTime ?? default,
            properties: message.ApplicationProperties.ToDictionary(property => property.Key, property => property.Value!),
            lockTokenGuid: received.LockToken ?? Guid.Empty,
            deliveryCount: received.DeliveryCount,
            lockedUntil: received.LockedUntil ?? default,
            sequenceNumber: received.SequenceNumber,
            deadLetterSource: received.DeadLetterSource,
            enqueuedSequenceNumber: received.EnqueuedSequenceNumber,
            enqueuedTime: received.EnqueuedTime,
            serviceBusMessageState: (ServiceBusMessageState)received.State);
    }

    public static IReadOnlyList<ServiceBusReceivedMessage> ToReceived(this IReadOnlyList<ReceivedMessage> received) =>
        [.. received.Select(ToReceived)];

    public static Guid LockTokenGuid(this ServiceBusReceivedMessage message) => Guid.Parse(message.LockToken);

    /// <summary>The properties to modify as the broker takes them.</summary>
    public static IReadOnlyDictionary<string, object?>? ToBroker(this IDictionary<string, object>? properties) =>
        properties?.ToDictionary(property => property.Key, property => (object?)property.Value);
}
