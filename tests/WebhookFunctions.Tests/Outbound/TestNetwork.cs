using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Tests.Outbound;

/// <summary>
/// Network whose resolver returns the test's answers. It really connects only to loopback, so that a canary there is reached if the guard fails. Any
/// other address refuses the connection. Every attempt to connect is recorded.
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
