using System.Net;
using System.Net.Sockets;
using Microsoft.Security.AntiSSRF;

namespace WebhookFunctions.Outbound;

/// <summary>
/// Addresses to which the app may connect: global unicast ones, except those that Microsoft's AntiSSRF library lists as internal or special. That
/// list has private, loopback, link-local, shared, documentation, multicast and reserved ones, 6to4, Teredo, NAT64, and Azure's 168.63.129.16.
/// </summary>
/// <remarks>
/// The library's own handler is not used: a test can replace neither its resolver nor its connection, and it decides by the list alone. The ranges
/// that the list lacks are added here: every IPv6 address outside 2000::/3 (including IPv4-mapped, -compatible and -translated ones), zones, and
/// ISATAP.
/// </remarks>
public static class PublicAddresses
{
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] Special = [.. IPAddressRanges.recommendedLatest.Select(IPNetwork.Parse)];

    // IPNetwork.Contains compares an IPv4-mapped address with an IPv6 network by its IPv4 part (.NET 10.0: 2000::/3 "contains" ::ffff:10.0.0.1), so
    // mapped addresses are excluded first.
    public static bool Contains(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !IsSpecial(address),
        AddressFamily.InterNetworkV6 => address is { ScopeId: 0, IsIPv4MappedToIPv6: false } && GlobalUnicast.Contains(address) && !IsSpecial(address) && !IsIsatap(address),
        _ => false,
    };

    private static bool IsSpecial(IPAddress address) => Array.Exists(Special, network => network.Contains(address));

    // RFC 5214: an interface identifier of 0000:5efe or 0200:5efe is followed by an IPv4 address.
    private static bool IsIsatap(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out _) && (bytes[8] & ~0x02) == 0 && bytes[9] == 0 && bytes[10] == 0x5E && bytes[11] == 0xFE;
    }
}
