using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Tests.Outbound;

/// <summary>
/// A resolver whose answers a test gives, call by call, in front of the machine's own sockets. Only loopback is really connected to, so that a canary
/// there is reached where the guard lets something through; every other address refuses. Every attempt to connect is kept.
/// </summary>
internal sealed class TestNetwork(Func<string, IPAddress[]> resolve) : INetwork
{
    private readonly SystemNetwork _sockets = new();

    public ConcurrentQueue<IPEndPoint> Connected { get; } = new();

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => Task.FromResult(resolve(host));

    public ValueTask<Stream> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        Connected.Enqueue(endpoint);
        return IPAddress.IsLoopback(endpoint.Address)
            ? _sockets.ConnectAsync(endpoint, cancellationToken)
            : throw new SocketException((int)SocketError.ConnectionRefused);
    }
}
