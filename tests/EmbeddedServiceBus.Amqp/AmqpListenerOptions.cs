namespace EmbeddedServiceBus.Amqp;

/// <summary>Options of an <see cref="AmqpListener"/>.</summary>
public sealed record AmqpListenerOptions : ListenerOptions
{
    /// <summary>
    /// Where AMQP is without TLS, as IANA has it, and where Service Bus clients look with <c>UseDevelopmentEmulator=true</c>.
    /// </summary>
    public const int DefaultPort = 5672;

    /// <summary>
    /// What links ask in place of <see cref="ListenerOptions.Broker"/>, to which it passes on what it is asked. Tests interrupt the broker there. The default
    /// value, null, is the broker itself.
    /// </summary>
    public IServiceBusBroker? Front { get; init; }

    /// <summary>The port. The default value is 5672; 0 takes a free one.</summary>
    public int Port { get; init; } = DefaultPort;
}
