using Amqp;
using Amqp.Framing;
using Amqp.Listener;
using Amqp.Transactions;
using EmbeddedServiceBus.Amqp.Messages;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>A client that sends to a queue: each message, or batch, is accepted once it is on the disk.</summary>
internal sealed class AcceptingEndpoint(IServiceBusBroker broker, string queue) : LinkEndpoint
{
    /// <summary>"Ample", as the protocol guide has it; the library renews it.</summary>
    public const int Credit = 1_000;

    public override void OnFlow(FlowContext flowContext)
    {
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
    }

    // Not awaited: those that come meanwhile share a transaction with this one. Their order is kept, since the broker has each before it
    // waits.
    public override void OnMessage(MessageContext messageContext)
    {
        // The library hands over what a client had sent before it saw its link closed, on an expired token for example. It gets no answer,
        // so it must have no effect either.
        if (!messageContext.Link.IsClosed)
            _ = AcceptAsync(messageContext);
    }

    private async Task AcceptAsync(MessageContext context)
    {
        Outcome outcome;
        try
        {
            if (context.DeliveryState is TransactionalState)
                throw new AmqpException(ErrorConditions.NotImplemented("There are no transactions."));
            await broker.SendAsync(queue, MessageReader.Read(context.Message)).ConfigureAwait(false);
            outcome = new Accepted();
        }
        catch (Exception failure)
        {
            outcome = new Rejected { Error = ErrorConditions.Of(failure) };
        }

        SendingEndpoint.Settle(context.Link, context.Message, outcome);
    }
}
