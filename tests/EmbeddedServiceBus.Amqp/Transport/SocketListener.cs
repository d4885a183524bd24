using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Amqp;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp.Transport;

/// <summary>
/// Listens on this machine's loopback addresses or on another, and hands over connections whose SASL exchange is done. It replaces the library's own
/// listener, which takes "localhost" for every address, and shares a port with another process on Unix. That one also cannot say which port it was
/// given.
/// </summary>
internal sealed class SocketListener : TransportProvider
{
    public const string Scheme = "socket";

    /// <summary>How often a free port is looked for again, when the one that is free for IPv4 is not for IPv6.</summary>
    private const int Attempts = 20;

    /// <summary>
    /// How long a client may take for the exchange. Real time, whatever the broker's clock: it is there to close dead sockets.
    /// </summary>
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(20);

    /// <summary>How long clients may take to answer that the connection is closed.</summary>
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(1);

    private readonly Channel<IAsyncTransport> ready = Channel.CreateUnbounded<IAsyncTransport>();
    private readonly ConcurrentDictionary<SocketTransport, bool> open = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Socket> sockets;
    private readonly SaslHandshake handshake;

    /// <exception cref="IOException">The port is in use.</exception>
    public SocketListener(IPAddress? address, int port, SharedAccessKey key)
    {
        AddressSchemes = [Scheme];
        handshake = new SaslHandshake(key);
        sockets = address is null ? ListenOnLoopback(port) : [ListenOn(address, port)];
        Port = ((IPEndPoint)sockets[0].LocalEndPoint!).Port;
        foreach (var socket in sockets)
            _ = AcceptAsync(socket);
    }

    public int Port { get; }

    /// <summary>
    /// The next connection. Once the listener is closed this never completes: the library asks again whatever the answer.
    /// </summary>
    public override async Task<IAsyncTransport> CreateAsync(Address address) => await ready.Reader.ReadAsync().ConfigureAwait(false);

    public override void Dispose()
    {
        stopping.Cancel();
        sockets.ForEach(socket => socket.Dispose());
        base.Dispose();
    }

    /// <summary>Waits a little until the connections are closed, and closes those that are left.</summary>
    public async Task CloseAsync()
    {
        try
        {
            await Task.WhenAll(open.Keys.Select(transport => transport.Closed)).WaitAsync(CloseTime).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Each of them was sent a close.
        }

        foreach (var transport in open.Keys)
            transport.Close();
        stopping.Dispose();
    }

    private static Socket ListenOn(IPAddress address, int port)
    {
        try
        {
            return Listen(address, port);
        }
        catch (SocketException unavailable)
        {
            throw Refused(port, unavailable);
        }
    }

    private static List<Socket> ListenOnLoopback(int port)
    {
        for (var attempt = 1; ; attempt++)
        {
            var sockets = new List<Socket>();
            try
            {
                sockets.Add(Listen(IPAddress.Loopback, port));
                if (Socket.OSSupportsIPv6)
                    sockets.Add(Listen(IPAddress.IPv6Loopback, ((IPEndPoint)sockets[0].LocalEndPoint!).Port));
                return sockets;
            }
            catch (SocketException unavailable) when (unavailable.SocketErrorCode == SocketError.AddressNotAvailable && sockets.Count > 0)
            {
                // A machine, or a container, whose loopback interface has no IPv6 address.
                return sockets;
            }
            catch (SocketException inUse)
            {
                sockets.ForEach(socket => socket.Dispose());
                if (port != 0)
                    throw Refused(port, inUse);
                if (attempt == Attempts)
                    throw new IOException("No port was found that is free on both loopback addresses.", inUse);
            }
        }
    }

    private static IOException Refused(int port, SocketException failure) => new($"Port {port} cannot be listened on: {failure.Message}", failure);

    private static Socket Listen(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (OperatingSystem.IsWindows())
                socket.ExclusiveAddressUse = true;
            if (address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AcceptAsync(Socket listening)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var transport = new SocketTransport(await listening.AcceptAsync(stopping.Token).ConfigureAwait(false));
                open[transport] = true;
                _ = transport.Closed.ContinueWith(
                    _ => open.TryRemove(transport, out bool _),
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
                // Not awaited: a silent client delays no other.
                _ = HandshakeAsync(transport);
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client was gone before it was accepted, or the listener is closed.
            }
        }
    }

    private async Task HandshakeAsync(SocketTransport transport)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
            limit.CancelAfter(HandshakeTime);
            if (await handshake.RunAsync(transport, limit.Token).ConfigureAwait(false) && ready.Writer.TryWrite(transport))
                return;
        }
        catch (Exception)
        {
            // Whatever a client sends in place of SASL ends its own connection and no other.
        }

        transport.Close();
    }
}
