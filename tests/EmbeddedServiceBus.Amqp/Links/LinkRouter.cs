using Amqp;
using Amqp.Framing;
using Amqp.Listener;
using Amqp.Transactions;
using EmbeddedServiceBus.Amqp.Nodes;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>Router that connects each link of a client to the queue or node that it names, if the client is authorized.</summary>
internal sealed class LinkRouter(AmqpListenerOptions options) : ILinkProcessor
{
    private const string SessionFilter = "com.microsoft:session-filter";

    private IServiceBusBroker Front => options.Front ?? options.Broker;

    public void Process(AttachContext attachContext)
    {
        var error = Attach(attachContext);
        if (error is not null)
            attachContext.Complete(error);
    }

    /// <returns>Null if the link is attached.</returns>
    private Error? Attach(AttachContext context)
    {
        var attach = context.Attach;
        var terminus = attach.Role ? attach.Source : attach.Target;
        if (terminus is Coordinator)
            return ErrorConditions.NotImplemented("Transactions are not supported.");
        if (Address(terminus) is not { Length: > 0 } address)
            return new Error(ErrorCode.InvalidField) { Description = "The link names no entity." };
        if (attach.Source is Source { FilterSet: { } filters } && filters.Keys.Any(key => key.ToString() == SessionFilter))
            return ErrorConditions.NotImplemented("Sessions are not supported.");

        // Deliveries that a client left unsettled on an earlier connection are not resumed, as with the service.
        attach.Unsettled = null;
        var path = EntityPath.Normalize(address);
        var connection = ConnectionState.For(context.Link);
        if (path == EntityPath.Claims)
            return AttachRequests(context, connection, path, new ClaimsNode(connection.Claims, options.Key, options.TimeProvider));

        var isManagement = path.EndsWith(EntityPath.ManagementSuffix, StringComparison.Ordinal);
        var entity = isManagement ? path[..^EntityPath.ManagementSuffix.Length] : path;
        if (!connection.Claims.TryAuthorize(context.Link, path))
            return ConnectionClaims.Unauthorized($"Unauthorized access. A token for '{path}' is required to attach to it.");
        context.Link.AddClosedCallback((link, _) => connection.Claims.Remove((ListenerLink)link));
        if (Find(entity) is not { } queue)
            return NotFound(entity);

        if (isManagement)
        {
            // This concerns receivers of messages only; answers of nodes are never settled in a second step.
            if (attach.Role && attach.RcvSettleMode == ReceiverSettleMode.Second)
                return NotFound(path);
            attach.MaxMessageSize = RequestEndpoint.MaxMessageSize;
            return AttachRequests(context, connection, path, new ManagementNode(Front, entity));
        }

        if (attach.Role)
        {
            var mode = attach.SndSettleMode == SenderSettleMode.Settled ? ReceiveMode.ReceiveAndDelete : ReceiveMode.PeekLock;
            context.Complete(new DeliveryEndpoint(context.Link, Front, options.Broker, entity, mode), initialCredit: 0);
        }
        else
        {
            attach.MaxMessageSize = (ulong)queue.MaxMessageBytes;
            context.Complete(new AcceptingEndpoint(Front, entity), AcceptingEndpoint.Credit);
        }

        return null;
    }

    private static Error? AttachRequests(AttachContext context, ConnectionState connection, string path, RequestNode node)
    {
        if (context.Attach.Role)
        {
            var endpoint = new ReplyEndpoint(context.Link, connection.Replies);
            connection.Replies.Add(context.Link.Session, path, Address(context.Attach.Target), context.Link.Name, endpoint);
            context.Complete(endpoint, initialCredit: 0);
        }
        else
        {
            context.Complete(new RequestEndpoint(node, connection.Replies, path), RequestEndpoint.Credit);
        }

        return null;
    }

    private static Error NotFound(string path) => new(ErrorCode.NotFound) { Description = $"The messaging entity '{path}' could not be found." };

    private static string? Address(object? terminus) => terminus switch
    {
        Source source => source.Address,
        Target target => target.Address,
        _ => null,
    };

    private QueueOptions? Find(string path)
    {
        var name = QueuePath.Parse(path).Queue;
        return options.Broker.Queues.FirstOrDefault(queue => string.Equals(queue.Name, name, StringComparison.OrdinalIgnoreCase));
    }
}
