using System.Net;
using System.Net.Sockets;

namespace WebhookFunctions.Outbound;

/// <summary>Addresses of private networks: RFC 1918, and fc00::/7 of RFC 4193. Loopback, link-local and all other special ranges are
/// excluded.</summary>
public static class PrivateAddresses
{
    private static readonly IPNetwork[] Version4 = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16")];

    private static readonly IPNetwork Version6 = IPNetwork.Parse("fc00::/7");

    /// <summary>Returns whether the address belongs to a private network. An IPv4-mapped IPv6 address never does.</summary>
    public static bool Contains(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => Array.Exists(Version4, network => network.Contains(address)),
        AddressFamily.InterNetworkV6 => address is { ScopeId: 0, IsIPv4MappedToIPv6: false } && Version6.Contains(address),
        _ => false,
    };
}
