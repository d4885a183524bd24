using System.Net;
using System.Net.Sockets;
using LocalHost.Storage;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>
/// Free ports for an Azurite that a test stops and starts again. They are below the range from which systems assign ports, so no other program and no
/// connection gets them in between.
/// </summary>
internal static class LastingPorts
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int _last = Random.Shared.Next(Count);

    public static AzuritePorts Next() => new(Free(), Free(), Free());

    private static int Free()
    {
        while (true)
        {
            var port = First + Interlocked.Increment(ref _last) % Count;
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Another program listens there.
            }
        }
    }
}
