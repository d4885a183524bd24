using System.Net.Sockets;
using Amqp;
using EmbeddedServiceBus.Amqp.Transport;

namespace EmbeddedServiceBus.Amqp.Client;

/// <summary>TCP connections of a client whose flows are observed. One connection.</summary>
internal sealed class ObservedTransports : TransportProvider
{
    public const string Scheme = "observed";

    public ObservedTransports() => AddressSchemes = [Scheme];

    /// <summary>The observer of the connection that was made.</summary>
    public FlowObserver? Observer { get; private set; }

    public override async Task<IAsyncTransport> CreateAsync(Address address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address.Host, address.Port).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return Observer = new FlowObserver(new SocketTransport(socket));
    }
}
