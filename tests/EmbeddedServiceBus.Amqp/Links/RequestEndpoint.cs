using Amqp;
using Amqp.Framing;
using Amqp.Listener;
using EmbeddedServiceBus.Amqp.Nodes;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>Link on which a client sends requests to a node.</summary>
internal sealed class RequestEndpoint(RequestNode node, ReplyLinks replies, string address) : LinkEndpoint
{
    public const int Credit = 100;

    /// <summary>
    /// The .NET SDK treats a link without a limit as one with limit 0. The effective limit is the queue's, which the broker enforces for the
    /// messages in a request.
    /// </summary>
    public const ulong MaxMessageSize = int.MaxValue;

    public override void OnFlow(FlowContext flowContext)
    {
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
    }

    public override void OnMessage(MessageContext messageContext)
    {
        // A request on a closed link has no effect, like a message on one.
        if (messageContext.Link.IsClosed)
            return;
        var reply = replies.Find(messageContext.Link.Session, address, messageContext.Message.Properties?.ReplyTo);
        Outcome outcome = reply is not null
            ? new Accepted()
            : new Rejected { Error = new Error(ErrorCode.NotFound) { Description = $"'{address}' accepts requests only. 'reply-to' must name a link that receives the answer." } };
        SendingEndpoint.Settle(messageContext.Link, messageContext.Message, outcome);
        if (reply is not null)
            _ = AnswerAsync(messageContext.Message, reply);
    }

    private async Task AnswerAsync(Message request, ReplyEndpoint reply) => reply.Post(await node.AnswerAsync(request).ConfigureAwait(false));
}
