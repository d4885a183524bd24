namespace EmbeddedServiceBus.Amqp;

/// <summary>Options of an <see cref="AmqpListener"/>.</summary>
public sealed record AmqpListenerOptions : ListenerOptions
{
    /// <summary>
    /// The IANA port of AMQP without TLS, which Service Bus clients use with <c>UseDevelopmentEmulator=true</c>.
    /// </summary>
    public const int DefaultPort = 5672;

    /// <summary>
    /// The broker that links use instead of <see cref="ListenerOptions.Broker"/>, to which it passes their calls on. Tests interrupt it. The default
    /// value, null, uses the broker itself.
    /// </summary>
    public IServiceBusBroker? Front { get; init; }

    /// <summary>The port. The default value is 5672; 0 takes a free one.</summary>
    public int Port { get; init; } = DefaultPort;
}
