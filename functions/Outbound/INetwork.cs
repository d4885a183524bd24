using System.Net;
using System.Net.Sockets;

namespace WebhookFunctions.Outbound;

/// <summary>Names and connections: the two things that the guard decides between.</summary>
public interface INetwork
{
    /// <summary>All addresses of a host.</summary>
    /// <exception cref="SocketException">The name is not known, or the resolver is unavailable.</exception>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);

    /// <summary>Connects to that very address.</summary>
    /// <exception cref="SocketException">Nobody answers there.</exception>
    ValueTask<Stream> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken);
}
