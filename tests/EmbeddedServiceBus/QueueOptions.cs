namespace EmbeddedServiceBus;

/// <summary>How a queue is declared. The defaults are those of the service, its Standard tier.</summary>
public sealed record QueueOptions
{
    public const int StandardMaxMessageBytes = 262_144;

    /// <summary>The queue's name; letter case does not matter.</summary>
    public required string Name { get; init; }

    /// <summary>How long a received message is locked. The default value is 1 minute.</summary>
    public TimeSpan LockDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After how many deliveries in vain a message is dead-lettered. The default value is 10.</summary>
    public int MaxDeliveryCount { get; init; } = 10;

    /// <summary>For how long MessageIds are remembered; null, the default value, for not at all.</summary>
    public TimeSpan? DuplicateDetectionWindow { get; init; }

    /// <summary>The longest, and the default, time to live. The default value is <see cref="TimeSpan.MaxValue"/>: for ever.</summary>
    public TimeSpan DefaultTimeToLive { get; init; } = TimeSpan.MaxValue;

    /// <summary>Whether an expired message is moved to the dead letters rather than removed. The default value is false.</summary>
    public bool DeadLetterOnExpiry { get; init; }

    /// <summary>Above how many bytes a message or batch is refused, properties included. The default value is 262,144.</summary>
    public int MaxMessageBytes { get; init; } = StandardMaxMessageBytes;

    /// <exception cref="ArgumentException">No queue can be declared so.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Name);
        if (QueuePath.Parse(Name).IsDeadLetter)
            throw new ArgumentException($"'{Name}' names a dead-letter queue, which every queue has without being told.");
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(LockDuration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDeliveryCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(DefaultTimeToLive, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMessageBytes, 1);
        if (DuplicateDetectionWindow is { } window)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window, TimeSpan.Zero);
    }
}
