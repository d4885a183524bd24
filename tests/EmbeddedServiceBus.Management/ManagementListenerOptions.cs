using EmbeddedServiceBus.Amqp;

namespace EmbeddedServiceBus.Management;

/// <summary>Options of a <see cref="ManagementListener"/>.</summary>
public sealed record ManagementListenerOptions : ListenerOptions
{
    /// <summary>The port of management in Microsoft's emulator.</summary>
    public const int DefaultPort = 5300;

    /// <summary>Gets the port; 0 selects a free one. The default value is 5300.</summary>
    public int Port { get; init; } = DefaultPort;
}
