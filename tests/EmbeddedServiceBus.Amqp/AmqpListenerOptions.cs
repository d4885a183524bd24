namespace EmbeddedServiceBus.Amqp;

/// <summary>Options of an <see cref="AmqpListener"/>.</summary>
public sealed record AmqpListenerOptions : ListenerOptions
{
    /// <summary>
    /// The IANA port of AMQP without TLS, which Service Bus clients use with <c>UseDevelopmentEmulator=true</c>.
    /// </summary>
    public const int DefaultPort = 5672;

    /// <summary>
    /// Gets a broker that links call instead of <see cref="ListenerOptions.Broker"/>, and that forwards their calls to it. Tests use one that they can
    /// make unavailable. The default value, null, uses the broker itself.
    /// </summary>
    public IServiceBusBroker? Front { get; init; }

    /// <summary>Gets the port; 0 selects a free one. The default value is 5672.</summary>
    public int Port { get; init; } = DefaultPort;
}
