using System.Net;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp;

/// <summary>What a namespace is served with, by whatever protocol.</summary>
public abstract record ListenerOptions
{
    /// <summary>What is served. It stays the caller's to close, after the listener.</summary>
    public required EmbeddedBroker Broker { get; init; }

    /// <summary>
    /// The address to listen on. The default value, null, is this machine's loopback addresses. Anyone who reaches another address can read and
    /// write every message, since the key is no secret. <see cref="IPAddress.IPv6Any"/> takes IPv4, too.
    /// </summary>
    public IPAddress? Address { get; init; }

    /// <summary>Whose signature a client must show. The default value is the one of Microsoft's emulator.</summary>
    public SharedAccessKey Key { get; init; } = SharedAccessKey.Emulator;

    /// <summary>What tokens expire by: the broker's clock. The default value is the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
