namespace EmbeddedServiceBus;

/// <summary>How a queue is declared. The defaults are those of the service, its Standard tier.</summary>
public sealed record QueueOptions
{
    public const int StandardMaxMessageBytes = 262_144;

    /// <summary>The most that Service Bus takes for <see cref="MaxDeliveryCount"/>.</summary>
    public const int LargestMaxDeliveryCount = 2_000;

    /// <summary>The queue's name; letter case does not matter.</summary>
    public required string Name { get; init; }

    /// <summary>How long a received message is locked. The default value is 1 minute.</summary>
    public TimeSpan LockDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The number of failed deliveries after which a message is dead-lettered: from 1 to 2,000. The default value is 10.</summary>
    public int MaxDeliveryCount { get; init; } = 10;

    /// <summary>For how long MessageIds are remembered; null, the default value, for not at all.</summary>
    public TimeSpan? DuplicateDetectionWindow { get; init; }

    /// <summary>The longest, and the default, time to live. The default value is <see cref="TimeSpan.MaxValue"/>: for ever.</summary>
    public TimeSpan DefaultTimeToLive { get; init; } = TimeSpan.MaxValue;

    /// <summary>Whether an expired message is moved to the dead letters rather than removed. The default value is false.</summary>
    public bool DeadLetterOnExpiry { get; init; }

    /// <summary>Above how many bytes a message or batch is refused, properties included. The default value is 262,144.</summary>
    public int MaxMessageBytes { get; init; } = StandardMaxMessageBytes;

    /// <summary>
    /// How much the queue and its dead letters may hold together, in units of 1,048,576 bytes, each message counted as AMQP encodes it. A send
    /// beyond that is a <see cref="BrokerErrorReason.QuotaExceeded"/>. The default value is 1,024.
    /// </summary>
    public int MaxSizeInMegabytes { get; init; } = 1_024;

    internal long MaxBytes => MaxSizeInMegabytes * 1_048_576L;

    /// <summary>Makes sure that a broker would declare this queue.</summary>
    /// <exception cref="ArgumentException">No queue can be declared so.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Name);
        if (QueuePath.Parse(Name).IsDeadLetter)
            throw new ArgumentException($"'{Name}' names a dead-letter queue, which every queue has without a declaration.");
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
