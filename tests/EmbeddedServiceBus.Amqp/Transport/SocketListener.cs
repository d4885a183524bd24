using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Amqp;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp.Transport;

/// <summary>
/// Listener on this machine's loopback addresses, or on another address, that hands over connections after their SASL exchange. It replaces the
/// library's own listener. That one treats "localhost" as every address, shares a port with another process on Unix, and cannot report the port that
/// it was given.
/// </summary>
internal sealed class SocketListener : TransportProvider
{
    public const string Scheme = "socket";

    /// <summary>The maximum number of free ports to try, because a port that is free for IPv4 may not be free for IPv6.</summary>
    private const int Attempts = 20;

    /// <summary>
    /// The time limit of the exchange. It uses real time, whatever the broker's clock, because it exists to close dead sockets.
    /// </summary>
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(20);

    /// <summary>The time that clients have to confirm that the connection is closed.</summary>
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
    /// Returns the next connection. Once the listener is closed this never completes, because the library would call it again after any result.
    /// </summary>
    public override async Task<IAsyncTransport> CreateAsync(Address address) => await ready.Reader.ReadAsync().ConfigureAwait(false);

    public override void Dispose()
    {
        stopping.Cancel();
        sockets.ForEach(socket => socket.Dispose());
        base.Dispose();
    }

    /// <summary>Waits briefly until the connections are closed, and aborts the rest.</summary>
    public async Task CloseAsync()
    {
        try
        {
            await Task.WhenAll(open.Keys.Select(transport => transport.Closed)).WaitAsync(CloseTime).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Clients that have not confirmed the close by now are aborted.
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
        catch (SocketException exception)
        {
            throw Refused(port, exception);
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
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable && sockets.Count > 0)
            {
                // The machine or container has no IPv6 address on its loopback interface.
                return sockets;
            }
            catch (SocketException exception)
            {
                sockets.ForEach(socket => socket.Dispose());
                if (port != 0)
                    throw Refused(port, exception);
                if (attempt == Attempts)
                    throw new IOException("No port is free on both loopback addresses.", exception);
            }
        }
    }

    private static IOException Refused(int port, SocketException exception) => new($"Cannot listen on port {port}: {exception.Message}", exception);

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
                // Not awaited, so that a client that sends nothing does not delay others.
                _ = HandshakeAsync(transport);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client disconnected before it was accepted, or the listener is closed.
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
            // Malformed SASL data ends the client's own connection only.
        }

        transport.Close();
    }
}
