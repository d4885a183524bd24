using Amqp.Handler;
using Amqp.Listener;
using EmbeddedServiceBus.Amqp.Messages;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>Handler that the library calls for a new connection, for the end of a link, and for a delivery's tag.</summary>
internal sealed class WireHandler(TimeProvider clock) : IHandler
{
    public bool CanHandle(EventId id) => id is EventId.ConnectionAccept or EventId.LinkRemoteClose or EventId.SendDelivery;

    public void Handle(Event protocolEvent)
    {
        if (protocolEvent.Id == EventId.ConnectionAccept)
            ConnectionState.Open((ListenerConnection)protocolEvent.Connection, clock);
        else if (protocolEvent.Id == EventId.LinkRemoteClose)
            SendingEndpoint.OnDetach(protocolEvent.Link);
        else if (protocolEvent.Context is IDelivery { Message: OutgoingMessage { Tag: { } tag } } delivery)
            delivery.Tag = tag.ToByteArray();
    }
}
