using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Address at which other machines or containers would reach this one.</summary>
internal static class OutsideAddress
{
    private static readonly IPAddress? Address = NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));

    /// <summary>Returns an IPv4 address that is not a loopback address. Skips the test on a machine without one.</summary>
    public static IPAddress OrSkip()
    {
        Assert.SkipUnless(Address is not null, "This machine has only loopback addresses.");
        return Address;
    }
}
