using EmbeddedServiceBus.Amqp;

namespace EmbeddedServiceBus.Management;

/// <summary>What a <see cref="ManagementListener"/> is opened with.</summary>
public sealed record ManagementListenerOptions : ListenerOptions
{
    /// <summary>Where Microsoft's emulator has its management.</summary>
    public const int DefaultPort = 5300;

    /// <summary>The port. The default value is 5300; 0 takes a free one.</summary>
    public int Port { get; init; } = DefaultPort;
}
