using System.Collections.ObjectModel;

namespace EmbeddedServiceBus;

/// <summary>Message as its sender wrote it: a body and properties, which its receiver gets unchanged.</summary>
public sealed record BrokerMessage
{
    /// <summary>The body, byte for byte.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The id for duplicate detection, at most 128 characters, case-sensitive. Null and empty are never a duplicate.</summary>
    public string? MessageId { get; init; }

    public string? ContentType { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>The label, for the application's use.</summary>
    public string? Subject { get; init; }

    public string? To { get; init; }

    public string? ReplyTo { get; init; }

    public string? ReplyToSessionId { get; init; }

    /// <summary>Stored and returned, but sessions are not supported. At most 128 characters.</summary>
    public string? SessionId { get; init; }

    /// <summary>Stored and returned, but there are no partitions. At most 128 characters.</summary>
    public string? PartitionKey { get; init; }

    /// <summary>The time to live, counted from the enqueued time. Null, or a longer time than the queue's, means the queue's.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>When the message becomes active; null or a past time means at once.</summary>
    public DateTimeOffset? ScheduledEnqueueTime { get; init; }

    /// <summary>
    /// Values of null, string, bool, the integer types from byte to ulong, float, double, decimal, char, Guid, DateTime, DateTimeOffset, TimeSpan,
    /// Uri and byte[]. Each is returned with its original type. Names are case-sensitive.
    /// </summary>
    public IReadOnlyDictionary<string, object?> ApplicationProperties { get; init; } = ReadOnlyDictionary<string, object?>.Empty;
}
