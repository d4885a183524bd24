using Amqp;
using Amqp.Framing;
using Amqp.Listener;
using Amqp.Transactions;
using EmbeddedServiceBus.Amqp.Messages;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>Link on which a client sends to a queue. Each message or batch is accepted after it was written to disk.</summary>
internal sealed class AcceptingEndpoint(IServiceBusBroker broker, string queue) : LinkEndpoint
{
    /// <summary>Large enough that clients rarely wait, as the protocol guide recommends. The library renews it.</summary>
    public const int Credit = 1_000;

    public override void OnFlow(FlowContext flowContext)
    {
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
    }

    // Not awaited, so that messages that arrive meanwhile share a transaction with this one. Their order is kept, because the broker queues each
    // before its first await.
    public override void OnMessage(MessageContext messageContext)
    {
        // The library delivers messages that the client sent before it noticed that its link was closed, for example by an expired token. They get
        // no answer, so they must have no effect either.
        if (!messageContext.Link.IsClosed)
            _ = AcceptAsync(messageContext);
    }

    private async Task AcceptAsync(MessageContext context)
    {
        Outcome outcome;
        try
        {
            if (context.DeliveryState is TransactionalState)
                throw new AmqpException(ErrorConditions.NotImplemented("Transactions are not supported."));
            await broker.SendAsync(queue, MessageReader.Read(context.Message)).ConfigureAwait(false);
            outcome = new Accepted();
        }
        catch (Exception exception)
        {
            outcome = new Rejected { Error = ErrorConditions.From(exception) };
        }

        SendingEndpoint.Settle(context.Link, context.Message, outcome);
    }
}
