using System.Net;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp;

/// <summary>Options that every protocol's listener has.</summary>
public abstract record ListenerOptions
{
    /// <summary>Gets the broker that is served. The caller disposes it after the listener.</summary>
    public required EmbeddedBroker Broker { get; init; }

    /// <summary>
    /// Gets the address to listen on. The default value, null, is this machine's loopback addresses. On another address, anyone who can reach it can
    /// read and write every message, because the key is public. <see cref="IPAddress.IPv6Any"/> also accepts IPv4.
    /// </summary>
    public IPAddress? Address { get; init; }

    /// <summary>Gets the key that clients must sign with. The default value is that of Microsoft's emulator.</summary>
    public SharedAccessKey Key { get; init; } = SharedAccessKey.Emulator;

    /// <summary>Gets the clock by which tokens expire. It must be the broker's. The default value is the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
