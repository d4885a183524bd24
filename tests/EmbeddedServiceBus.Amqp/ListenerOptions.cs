using System.Net;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp;

/// <summary>Options that every protocol's listener has.</summary>
public abstract record ListenerOptions
{
    /// <summary>The broker that is served. The caller closes it, after the listener.</summary>
    public required EmbeddedBroker Broker { get; init; }

    /// <summary>
    /// The address to listen on. The default value, null, is this machine's loopback addresses. On another address, anyone who reaches it can read
    /// and write every message, because the key is public. <see cref="IPAddress.IPv6Any"/> accepts IPv4, too.
    /// </summary>
    public IPAddress? Address { get; init; }

    /// <summary>The key that a client must sign with. The default value is that of Microsoft's emulator.</summary>
    public SharedAccessKey Key { get; init; } = SharedAccessKey.Emulator;

    /// <summary>The clock by which tokens expire, the broker's own. The default value is the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
