namespace EmbeddedServiceBus;

/// <summary>A message with what the broker knows of it at the time it was received or peeked.</summary>
public sealed record ReceivedMessage
{
    /// <summary>What the sender said, with the properties that were modified since.</summary>
    public required BrokerMessage Message { get; init; }

    /// <summary>Unique in the queue and its dead letters for ever, and rising in the order in which messages became active.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>The number that the message was first given: another than <see cref="SequenceNumber"/> once a scheduled message is active.</summary>
    public required long EnqueuedSequenceNumber { get; init; }

    /// <summary>When the message became active, or for one that is still scheduled, when it was sent.</summary>
    public required DateTimeOffset EnqueuedTime { get; init; }

    /// <summary>When the time to live is over; <see cref="DateTimeOffset.MaxValue"/>: never.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>As the .NET SDK counts: 1 when it is received for the first time; when peeked, the number of failed deliveries.</summary>
    public required int DeliveryCount { get; init; }

    public required MessageState State { get; init; }

    /// <summary>What settles the message; null when it was peeked, or received and deleted.</summary>
    public Guid? LockToken { get; init; }

    /// <summary>When the lock ends unless it is renewed; null without a lock token.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>For a message in a dead-letter queue, the queue it came from.</summary>
    public string? DeadLetterSource { get; init; }
}
