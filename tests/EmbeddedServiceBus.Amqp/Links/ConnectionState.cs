using Amqp.Listener;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>State that all links of a connection share: its authorizations and its reply links.</summary>
internal sealed record ConnectionState(ConnectionClaims Claims, ReplyLinks Replies)
{
    private const string Property = "EmbeddedServiceBus";

    /// <summary>Creates the state of a new connection, before the library reads from it.</summary>
    public static void Open(ListenerConnection connection, TimeProvider clock) =>
        connection.Properties[Property] = new ConnectionState(new ConnectionClaims(connection, clock), new ReplyLinks());

    public static ConnectionState For(ListenerLink link) => (ConnectionState)((ListenerConnection)link.Session.Connection).Properties[Property];
}
