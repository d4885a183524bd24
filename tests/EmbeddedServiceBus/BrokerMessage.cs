using System.Collections.ObjectModel;

namespace EmbeddedServiceBus;

/// <summary>What a sender says: a body and its properties. The same comes out at the other end.</summary>
public sealed record BrokerMessage
{
    /// <summary>Kept byte for byte.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What duplicate detection goes by, at most 128 characters, case-sensitive. Null and empty are never a duplicate.</summary>
    public string? MessageId { get; init; }

    public string? ContentType { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>The label, for the application's use.</summary>
    public string? Subject { get; init; }

    public string? To { get; init; }

    public string? ReplyTo { get; init; }

    public string? ReplyToSessionId { get; init; }

    /// <summary>Carried, without sessions being kept. At most 128 characters.</summary>
    public string? SessionId { get; init; }

    /// <summary>Carried, without partitions. At most 128 characters.</summary>
    public string? PartitionKey { get; init; }

    /// <summary>How long the message lives from its enqueued time on; null, or more than the queue's own, means the queue's.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>When the message becomes active; null or past means at once.</summary>
    public DateTimeOffset? ScheduledEnqueueTime { get; init; }

    /// <summary>
    /// Values of null, string, bool, the integer types from byte to ulong, float, double, decimal, char, Guid, DateTime, DateTimeOffset, TimeSpan, Uri
    /// and byte[]. Each is returned as the type that it was. Names are case-sensitive.
    /// </summary>
    public IReadOnlyDictionary<string, object?> ApplicationProperties { get; init; } = ReadOnlyDictionary<string, object?>.Empty;
}
