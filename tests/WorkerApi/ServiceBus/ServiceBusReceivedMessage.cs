#nullable disable

using System.Collections.ObjectModel;

namespace Azure.Messaging.ServiceBus;

/// <summary>A message that was received. <see cref="ServiceBusModelFactory"/> makes them without a broker.</summary>
public class ServiceBusReceivedMessage
{
    internal ServiceBusReceivedMessage()
    {
    }

    public BinaryData Body => BinaryData.FromBytes(Content);

    public string MessageId { get; internal init; }

    public string PartitionKey { get; internal init; }

    public string TransactionPartitionKey { get; internal init; }

    public string SessionId { get; internal init; }

    public string ReplyToSessionId { get; internal init; }

    /// <summary><see cref="TimeSpan.MaxValue"/> where none was set.</summary>
    public TimeSpan TimeToLive => SetTimeToLive ?? TimeSpan.MaxValue;

    public string CorrelationId { get; internal init; }

    public string Subject { get; internal init; }

    public string To { get; internal init; }

    public string ContentType { get; internal init; }

    public string ReplyTo { get; internal init; }

    public DateTimeOffset ScheduledEnqueueTime { get; internal init; }

    public IReadOnlyDictionary<string, object> ApplicationProperties => new ReadOnlyDictionary<string, object>(Properties);

    public string LockToken => LockTokenGuid.ToString();

    /// <summary>1 for the first delivery.</summary>
    public int DeliveryCount { get; internal init; }

    public DateTimeOffset LockedUntil { get; internal init; }

    public long SequenceNumber { get; internal init; }

    public string DeadLetterSource { get; internal init; }

    public long EnqueuedSequenceNumber { get; internal init; }

    public DateTimeOffset EnqueuedTime { get; internal init; }

    /// <summary>The enqueued time and the time to live, or <see cref="DateTimeOffset.MaxValue"/> if that is beyond it.</summary>
    public DateTimeOffset ExpiresAt => TimeToLive >= DateTimeOffset.MaxValue.Subtract(EnqueuedTime)
        ? DateTimeOffset.MaxValue
        : EnqueuedTime.Add(TimeToLive);

    /// <summary>The application property of this name, if it is a string.</summary>
    public string DeadLetterReason => Properties.TryGetValue("DeadLetterReason", out var reason) ? reason as string : null;

    /// <summary>The application property of this name, if it is a string.</summary>
    public string DeadLetterErrorDescription =>
        Properties.TryGetValue("DeadLetterErrorDescription", out var description) ? description as string : null;

    public ServiceBusMessageState State { get; internal init; }

    internal ReadOnlyMemory<byte> Content { get; init; }

    internal Dictionary<string, object> Properties { get; } = [];

    internal TimeSpan? SetTimeToLive { get; init; }

    internal Guid LockTokenGuid { get; init; }

    public override string ToString() => $"{{MessageId:{MessageId}}}";
}
