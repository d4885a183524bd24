using Amqp;
using Amqp.Listener;
using EmbeddedServiceBus.Amqp.Links;
using EmbeddedServiceBus.Amqp.Transport;

namespace EmbeddedServiceBus.Amqp;

/// <summary>
/// Listener that serves an <see cref="EmbeddedBroker"/> as a Service Bus namespace, to which any SDK can connect: AMQP 1.0 over TCP, on the loopback
/// addresses by default. It follows Microsoft's "AMQP 1.0 in Azure Service Bus and Event Hubs protocol guide" and "AMQP 1.0 in Azure Service Bus:
/// request-response-based operations".
/// </summary>
public sealed class AmqpListener : IAsyncDisposable
{
    /// <summary>The service's own limit, which all clients support.</summary>
    private const int MaxFrameBytes = 64 * 1024;

    /// <summary>A client opens a session for each of its links.</summary>
    private const ushort MaxSessions = 5_000;

    private readonly SocketListener transports;
    private readonly ContainerHost host;
    private readonly string keyName;
    private readonly string key;

    private AmqpListener(AmqpListenerOptions options)
    {
        keyName = options.Key.Name;
        key = options.Key.Value;
        transports = new SocketListener(options.Address, options.Port, options.Key);
        host = new ContainerHost(new Address("localhost", transports.Port, scheme: SocketListener.Scheme));
        host.CustomTransports[SocketListener.Scheme] = transports;
        // Without a resolver the host reads source and target itself, and fails if a client sends neither.
        host.AddressResolver = (_, _) => string.Empty;
        host.RegisterLinkProcessor(new LinkRouter(options));
        foreach (var listener in host.Listeners)
        {
            listener.AMQP.MaxFrameSize = MaxFrameBytes;
            listener.AMQP.MaxSessionsPerConnection = MaxSessions;
            listener.HandlerFactory = _ => new WireHandler(options.TimeProvider);
        }
    }

    /// <summary>The port on which it listens.</summary>
    public int Port => transports.Port;

    /// <summary>The connection string for clients.</summary>
    public string ConnectionString =>
        $"Endpoint=sb://localhost{(Port == AmqpListenerOptions.DefaultPort ? "" : $":{Port}")};"
        + $"SharedAccessKeyName={keyName};SharedAccessKey={key};UseDevelopmentEmulator=true;";

    /// <exception cref="IOException">The port is in use.</exception>
    public static AmqpListener Open(AmqpListenerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var listener = new AmqpListener(options);
        listener.host.Open();
        return listener;
    }

    /// <summary>
    /// Accepts no more connections, sends a close to each client, and ends the connections, whether or not the clients answer.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        host.Close();
        await transports.CloseAsync().ConfigureAwait(false);
    }
}
