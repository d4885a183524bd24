using System.Net;
using System.Net.Sockets;

namespace WebhookFunctions.Outbound;

/// <summary>Network access that the SSRF guard uses: name resolution and connections.</summary>
public interface INetwork
{
    /// <summary>Returns all addresses of a host.</summary>
    /// <exception cref="SocketException">The name does not resolve, or the resolver is unavailable.</exception>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);

    /// <summary>Connects to exactly that address.</summary>
    /// <exception cref="SocketException">The connection was refused or timed out.</exception>
    ValueTask<Stream> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken);
}
