namespace EmbeddedServiceBus;

/// <summary>What an <see cref="EmbeddedBroker"/> is opened with.</summary>
public sealed record BrokerOptions
{
    /// <summary>
    /// The directory that the state is kept in, made if absent; one process at a time may have it open. Null, the default value, keeps the
    /// state in memory, until the broker is disposed.
    /// </summary>
    public string? DataDirectory { get; init; }

    /// <summary>
    /// The queues there are. One that is in the data directory but not here is kept as it is, out of reach.
    /// </summary>
    public required IReadOnlyList<QueueOptions> Queues { get; init; }

    /// <summary>
    /// Whether the locks of the process that had the directory open before are free at once, with the delivery count raised as when a lock
    /// expires. The default value is true: that process is dead, and nobody can settle them.
    /// </summary>
    public bool ReleaseLocksOnOpen { get; init; } = true;

    /// <summary>The most that the data file may grow to, in bytes; a send beyond it is a <see cref="BrokerErrorReason.QuotaExceeded"/>. Null, the default value: the disk's end.</summary>
    public long? MaxFileBytes { get; init; }

    /// <summary>The broker's clock. The default value is the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
