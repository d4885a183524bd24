using System.Net;
using EmbeddedServiceBus;

namespace ServiceBusEmulator;

/// <summary>Options of the emulator.</summary>
internal sealed record EmulatorOptions
{
    /// <summary>The port for AMQP; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>The port for management over HTTP; 0 takes a free one.</summary>
    public required int ManagementPort { get; init; }

    /// <summary>The address to listen on; null for this machine's loopback addresses.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The directory that keeps the messages; null for memory.</summary>
    public string? Directory { get; init; }

    /// <summary>The queues.</summary>
    public required IReadOnlyList<QueueOptions> Queues { get; init; }
}
