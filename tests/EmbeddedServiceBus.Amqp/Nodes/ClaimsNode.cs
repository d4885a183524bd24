using Amqp;
using Amqp.Framing;
using EmbeddedServiceBus.Amqp.Messages;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp.Nodes;

/// <summary>Node <c>$cbs</c>, which accepts the tokens that authorize a connection to attach links.</summary>
internal sealed class ClaimsNode(ConnectionClaims claims, SharedAccessKey key, TimeProvider clock) : RequestNode
{
    private const string PutToken = "put-token";
    private const string TokenType = "servicebus.windows.net:sastoken";

    protected override Task<Message> AnswerAsync(string operation, Message request)
    {
        var (code, description) = operation == PutToken ? Put(request) : (501, $"The operation '{operation}' is not supported.");
        return Task.FromResult(new Message { ApplicationProperties = Status("status-code", code, "status-description", description) });
    }

    private (int Code, string Description) Put(Message request)
    {
        var properties = request.ApplicationProperties?.Map;
        if (AmqpValues.Find(properties, "type") is not TokenType)
            return (400, $"The token must be of the type '{TokenType}'.");
        if (AmqpValues.Text(AmqpValues.Find(properties, "name")) is not { } audience)
            return (400, "The audience is missing.");
        if (request.BodySection is not AmqpValue { Value: string text } || SharedAccessSignature.Parse(text) is not { } token)
            return (400, "The token is malformed.");
        if (token.Verify(key, clock.GetUtcNow()) is not { } expiresAt)
            return (401, "InvalidSignature: the token has an invalid signature, or has expired.");
        if (!EntityPath.Covers(token.Path, EntityPath.Normalize(audience)))
            return (401, "The token is for another audience.");

        claims.Put(EntityPath.Normalize(audience), expiresAt);
        return (202, "Accepted");
    }
}
