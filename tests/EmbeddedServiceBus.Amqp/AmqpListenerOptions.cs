using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp;

/// <summary>What an <see cref="AmqpListener"/> is opened with.</summary>
public sealed record AmqpListenerOptions
{
    /// <summary>
    /// Where AMQP is without TLS, as IANA has it, and where Service Bus clients look with <c>UseDevelopmentEmulator=true</c>.
    /// </summary>
    public const int DefaultPort = 5672;

    /// <summary>What is served. It stays the caller's to close, after the listener.</summary>
    public required EmbeddedBroker Broker { get; init; }

    /// <summary>The port on this machine's loopback addresses. The default value is 5672; 0 takes a free one.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>Whose signature a client must show. The default value is the one of Microsoft's emulator.</summary>
    public SharedAccessKey Key { get; init; } = SharedAccessKey.Emulator;

    /// <summary>What tokens expire by: the broker's clock. The default value is the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
