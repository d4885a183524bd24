using Amqp;
using Amqp.Framing;
using EmbeddedServiceBus.Amqp.Messages;

namespace EmbeddedServiceBus.Amqp.Nodes;

/// <summary>Node that answers requests: <c>$cbs</c>, or the <c>$management</c> of an entity.</summary>
internal abstract class RequestNode
{
    private const string Operation = "operation";

    /// <summary>Answers a request, with a refusal if necessary. Never throws.</summary>
    public async Task<Message> AnswerAsync(Message request)
    {
        var operation = AmqpValues.Text(AmqpValues.Find(request.ApplicationProperties?.Map, Operation));
        var response = await AnswerAsync(operation ?? "", request).ConfigureAwait(false);
        response.Properties = new Properties();
        response.Properties.SetCorrelationId(request.Properties?.GetMessageId());
        return response;
    }

    protected abstract Task<Message> AnswerAsync(string operation, Message request);

    protected static ApplicationProperties Status(string codeName, int code, string descriptionName, string description) =>
        new() { [codeName] = code, [descriptionName] = description };
}
