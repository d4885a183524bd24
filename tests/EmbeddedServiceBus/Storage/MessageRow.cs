namespace EmbeddedServiceBus.Storage;

/// <summary>Where a message stands: the narrow part of it, which changes; what it says is a <see cref="Payload"/>. Instants are UTC ticks.</summary>
internal sealed record MessageRow
{
    public required Entity Entity { get; init; }

    public required long Sequence { get; init; }

    /// <summary>The row of the payload.</summary>
    public required long PayloadId { get; init; }

    public required MessageState State { get; init; }

    public required long EnqueuedSequence { get; init; }

    public required long EnqueuedAt { get; init; }

    /// <summary>Null: never.</summary>
    public required long? ExpiresAt { get; init; }

    /// <summary>Number of failed deliveries, as AMQP counts.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>Null: not locked.</summary>
    public Guid? LockToken { get; init; }

    /// <summary>
    /// When the broker must act on its own: for a locked message the end of the lock, for a scheduled one its time, for one that is ready its
    /// expiry. Null: never.
    /// </summary>
    public long? Due { get; init; }

    /// <summary>In bytes, as AMQP encoded it when it was sent.</summary>
    public required long Size { get; init; }

    public bool IsReady => State == MessageState.Active && LockToken is null;

    public bool HasExpired(long now) => !Entity.IsDeadLetter && ExpiresAt <= now;
}
