namespace EmbeddedServiceBus;

/// <summary>Declaration of a queue. The defaults are those of the service's Standard tier.</summary>
public sealed record QueueOptions
{
    public const int StandardMaxMessageBytes = 262_144;

    /// <summary>The maximum <see cref="MaxDeliveryCount"/> that Service Bus accepts.</summary>
    public const int LargestMaxDeliveryCount = 2_000;

    /// <summary>The queue's name; letter case does not matter.</summary>
    public required string Name { get; init; }

    /// <summary>How long a received message is locked. The default value is 1 minute.</summary>
    public TimeSpan LockDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The number of failed deliveries after which a message is dead-lettered: from 1 to 2,000. The default value is 10.</summary>
    public int MaxDeliveryCount { get; init; } = 10;

    /// <summary>How long MessageIds are remembered; null, the default value, disables duplicate detection.</summary>
    public TimeSpan? DuplicateDetectionWindow { get; init; }

    /// <summary>The time to live of messages that set none, and the maximum of all. The default value, <see cref="TimeSpan.MaxValue"/>, means no
    /// expiry.</summary>
    public TimeSpan DefaultTimeToLive { get; init; } = TimeSpan.MaxValue;

    /// <summary>Whether an expired message is moved to the dead letters rather than removed. The default value is false.</summary>
    public bool DeadLetterOnExpiry { get; init; }

    /// <summary>The maximum size of a message or batch, in bytes, including properties. The default value is 262,144.</summary>
    public int MaxMessageBytes { get; init; } = StandardMaxMessageBytes;

    /// <summary>
    /// The maximum size of the queue and its dead letters together, in units of 1,048,576 bytes, each message counted as AMQP encodes it. A send
    /// beyond it fails with <see cref="BrokerErrorReason.QuotaExceeded"/>. The default value is 1,024.
    /// </summary>
    public int MaxSizeInMegabytes { get; init; } = 1_024;

    internal long MaxBytes => MaxSizeInMegabytes * 1_048_576L;

    /// <summary>Validates that a broker would accept this declaration.</summary>
    /// <exception cref="ArgumentException">The declaration is invalid.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Name);
        if (QueuePath.Parse(Name).IsDeadLetter)
            throw new ArgumentException($"'{Name}' is the name of a dead-letter queue, which cannot be declared.");
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(LockDuration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDeliveryCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDeliveryCount, LargestMaxDeliveryCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSizeInMegabytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(DefaultTimeToLive, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMessageBytes, 1);
        if (DuplicateDetectionWindow is { } window)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window, TimeSpan.Zero);
    }
}
