namespace EmbeddedServiceBus;

/// <summary>Options of an <see cref="EmbeddedBroker"/>.</summary>
public sealed record BrokerOptions
{
    /// <summary>
    /// The directory of the state, created if absent; one process at a time may open it. Null, the default value, keeps the state in memory until
    /// the broker is disposed.
    /// </summary>
    public string? DataDirectory { get; init; }

    /// <summary>
    /// The queues. A queue that is in the data directory but not here keeps its messages and cannot be accessed.
    /// </summary>
    public required IReadOnlyList<QueueOptions> Queues { get; init; }

    /// <summary>
    /// Whether the locks of the previous process are released at once, with the delivery count raised as when a lock expires. The default value is
    /// true, because that process has ended and cannot settle the messages.
    /// </summary>
    public bool ReleaseLocksOnOpen { get; init; } = true;

    /// <summary>The maximum size of the data file, in bytes; a send beyond it fails with <see cref="BrokerErrorReason.QuotaExceeded"/>. Null, the
    /// default value, means until the disk is full.</summary>
    public long? MaxFileBytes { get; init; }

    /// <summary>The broker's clock. The default value is the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
