using System.Net;
using EmbeddedServiceBus;

namespace ServiceBusEmulator;

/// <summary>Options that the emulator starts with.</summary>
internal sealed record EmulatorOptions
{
    /// <summary>Gets the port for AMQP; 0 selects a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Gets the port for management over HTTP; 0 selects a free one.</summary>
    public required int ManagementPort { get; init; }

    /// <summary>Gets the address to listen on; null for this machine's loopback addresses.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Gets the directory that stores the messages; null to store them in memory.</summary>
    public string? Directory { get; init; }

    /// <summary>Gets the queues.</summary>
    public required IReadOnlyList<QueueOptions> Queues { get; init; }
}
