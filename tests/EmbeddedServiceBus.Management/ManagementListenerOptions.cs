using EmbeddedServiceBus.Amqp;

namespace EmbeddedServiceBus.Management;

/// <summary>Options of a <see cref="ManagementListener"/>.</summary>
public sealed record ManagementListenerOptions : ListenerOptions
{
    /// <summary>The port of management in Microsoft's emulator.</summary>
    public const int DefaultPort = 5300;

    /// <summary>The port. The default value is 5300; 0 takes a free one.</summary>
    public int Port { get; init; } = DefaultPort;
}
