namespace EmbeddedServiceBus;

/// <summary>Message as received or peeked, with the broker's own data about it.</summary>
public sealed record ReceivedMessage
{
    /// <summary>The sender's message, with the properties that were modified since.</summary>
    public required BrokerMessage Message { get; init; }

    /// <summary>Unique in the queue and its dead letters, and increasing in the order in which messages became active.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>The first sequence number of the message. It differs from <see cref="SequenceNumber"/> after a scheduled message became
    /// active.</summary>
    public required long EnqueuedSequenceNumber { get; init; }

    /// <summary>When the message became active; for one that is still scheduled, when it was sent.</summary>
    public required DateTimeOffset EnqueuedTime { get; init; }

    /// <summary>When the time to live ends; <see cref="DateTimeOffset.MaxValue"/> for never.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The delivery count as the .NET SDK defines it: 1 at the first delivery; in a peek, the number of failed deliveries.</summary>
    public required int DeliveryCount { get; init; }

    public required MessageState State { get; init; }

    /// <summary>The token that settles the message; null if it was peeked, or received and deleted.</summary>
    public Guid? LockToken { get; init; }

    /// <summary>When the lock expires unless it is renewed; null without a lock token.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>For a message in a dead-letter queue, the queue it came from.</summary>
    public string? DeadLetterSource { get; init; }
}
