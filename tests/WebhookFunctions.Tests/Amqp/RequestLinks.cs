using System.Collections.Concurrent;
using Amqp;
using Amqp.Framing;
using Amqp.Types;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>Pair of links to a node that answers requests.</summary>
internal sealed class RequestLinks
{
    private const int Credit = 100;

    private readonly ConcurrentDictionary<string, TaskCompletionSource<Message>> waiting = new(StringComparer.Ordinal);
    private readonly string replyTo = $"reply-{Guid.NewGuid()}";
    private SenderLink? requests;

    private RequestLinks()
    {
    }

    /// <summary>Attaches both links.</summary>
    /// <exception cref="AmqpException">The node does not exist, or the connection is not authorized for it.</exception>
    public static async Task<RequestLinks> AttachAsync(Session session, string address)
    {
        var links = new RequestLinks();
        var replies = await LinkAttachment.ReceiverAsync(
            session, new Attach { Source = new Source { Address = address }, Target = new Target { Address = links.replyTo } });
        replies.Closed += (_, error) => links.Fail(error);
        replies.Start(Credit, links.OnReply);
        links.requests = await LinkAttachment.SenderAsync(session, address);
        return links;
    }

    /// <summary>Sends a request and returns the answer.</summary>
    /// <exception cref="AmqpException">The request was not accepted, or the links were closed before the answer.</exception>
    public async Task<Message> AskAsync(string operation, object body, Map properties, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        var reply = waiting[id] = new TaskCompletionSource<Message>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var request = new Message
            {
                Properties = new Properties { MessageId = id, ReplyTo = replyTo },
                ApplicationProperties = new ApplicationProperties { ["operation"] = operation },
                BodySection = new AmqpValue { Value = body },
            };
            foreach (var (name, value) in properties)
                request.ApplicationProperties[name] = value;
            await requests!.SendAsync(request);
            return await reply.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            waiting.TryRemove(id, out _);
        }
    }

    private void OnReply(IReceiverLink link, Message reply)
    {
        link.Accept(reply);
        if (reply.Properties?.CorrelationId is { } id && waiting.TryGetValue(id, out var pending))
            pending.TrySetResult(reply);
    }

    private void Fail(Error? error)
    {
        foreach (var pending in waiting.Values)
            pending.TrySetException(new AmqpException(error ?? new Error(ErrorCode.DetachForced) { Description = "The link was closed." }));
    }
}
