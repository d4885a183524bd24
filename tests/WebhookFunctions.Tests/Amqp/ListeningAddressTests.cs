using System.Net;
using System.Net.Sockets;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>Tests of the addresses at which the listener can be reached.</summary>
public sealed class ListeningAddressTests
{
    public static TheoryData<string?, bool> Addresses { get; } = new()
    {
        { null, false },
        { "127.0.0.1", false },
        { "0.0.0.0", true },
        { "::", true },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Only_a_listener_on_another_address_than_loopback_can_be_reached_from_outside(string? address, bool isReached)
    {
        var outside = OutsideAddress.OrSkip();
        Assert.SkipWhen(address == "::" && !Socket.OSSupportsIPv6, "This machine has no IPv6.");
        await using var broker = EmbeddedBroker.Open(new BrokerOptions { Queues = [] });
        await using var listener = AmqpListener.Open(new AmqpListenerOptions
        {
            Broker = broker,
            Port = 0,
            Address = address is null ? null : IPAddress.Parse(address),
        });

        Assert.True(await ConnectsAsync(IPAddress.Loopback, listener.Port));
        Assert.Equal(isReached, await ConnectsAsync(outside, listener.Port));
    }

    private static async Task<bool> ConnectsAsync(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, port, BoundedTest.Token);
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }
}
