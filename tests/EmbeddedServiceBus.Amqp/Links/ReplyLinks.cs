using Amqp;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>
/// Links of one connection on which answers are expected. A request names one by its target address. The JavaScript SDK's link for <c>$cbs</c> has
/// none, and is named by its link name.
/// </summary>
internal sealed class ReplyLinks
{
    private readonly Lock guard = new();
    private readonly List<(Session Session, string Node, string? Target, string Name, ReplyEndpoint Endpoint)> links = [];

    public void Add(Session session, string node, string? target, string name, ReplyEndpoint endpoint)
    {
        lock (guard)
            links.Add((session, node, target, name, endpoint));
    }

    public void Remove(ReplyEndpoint endpoint)
    {
        lock (guard)
            links.RemoveAll(link => link.Endpoint == endpoint);
    }

    /// <returns>Null if there is no such link.</returns>
    public ReplyEndpoint? Find(Session session, string node, string? replyTo)
    {
        lock (guard)
            return links.Find(link => link.Session == session && link.Node == node && (link.Target == replyTo || link.Name == replyTo)).Endpoint;
    }
}
