using Amqp.Handler;
using EmbeddedServiceBus.Amqp.Messages;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>Where the library leaves it to its user what goes on the wire.</summary>
internal sealed class WireHandler : IHandler
{
    public bool CanHandle(EventId id) => id == EventId.SendDelivery;

    public void Handle(Event protocolEvent)
    {
        if (protocolEvent.Context is IDelivery { Message: OutgoingMessage { Tag: { } tag } } delivery)
            delivery.Tag = tag.ToByteArray();
    }
}
