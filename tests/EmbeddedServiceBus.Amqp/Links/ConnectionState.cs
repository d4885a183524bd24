using Amqp.Listener;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>State of a connection beyond its links.</summary>
internal sealed record ConnectionState(ConnectionClaims Claims, ReplyLinks Replies)
{
    private const string Property = "EmbeddedServiceBus";

    /// <summary>Creates the state, before anything is read from the connection.</summary>
    public static void Open(ListenerConnection connection, TimeProvider clock) =>
        connection.Properties[Property] = new ConnectionState(new ConnectionClaims(connection, clock), new ReplyLinks());

    public static ConnectionState Of(ListenerLink link) => (ConnectionState)((ListenerConnection)link.Session.Connection).Properties[Property];
}
