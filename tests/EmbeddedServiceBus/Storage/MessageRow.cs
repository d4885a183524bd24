namespace EmbeddedServiceBus.Storage;

/// <summary>Small, variable part of a message. The content is stored separately as a <see cref="Payload"/>. Times are UTC ticks.</summary>
internal sealed record MessageRow
{
    public required Entity Entity { get; init; }

    public required long Sequence { get; init; }

    /// <summary>The row of the content.</summary>
    public required long PayloadId { get; init; }

    public required MessageState State { get; init; }

    public required long EnqueuedSequence { get; init; }

    public required long EnqueuedAt { get; init; }

    /// <summary>When the message expires; null for never.</summary>
    public required long? ExpiresAt { get; init; }

    /// <summary>The number of failed deliveries, which is AMQP's definition of the delivery count.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>The lock token; null if the message is not locked.</summary>
    public Guid? LockToken { get; init; }

    /// <summary>
    /// When the broker has to act: at the end of the lock, at the scheduled time, or at the expiry of a ready message. Null for never.
    /// </summary>
    public long? Due { get; init; }

    /// <summary>The size in bytes, as AMQP encoded the message when it was sent.</summary>
    public required long Size { get; init; }

    public bool IsReady => State == MessageState.Active && LockToken is null;

    public bool HasExpired(long now) => !Entity.IsDeadLetter && ExpiresAt <= now;
}
