using System.Collections.Concurrent;
using Amqp;
using Amqp.Framing;
using Amqp.Listener;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>Link on which a client receives the answers of a node. Answers wait for its credit.</summary>
internal sealed class ReplyEndpoint(ListenerLink link, ReplyLinks replies) : SendingEndpoint(link)
{
    private readonly ConcurrentQueue<Message> answers = new();
    private readonly Lock order = new();

    public void Post(Message answer)
    {
        answers.Enqueue(answer);
        SendAll();
    }

    public override void OnLinkClosed(ListenerLink link, Error error) => replies.Remove(this);

    protected override void OnCreditChanged(bool isUrgent) => SendAll();

    private void SendAll()
    {
        lock (order)
        {
            while (answers.TryPeek(out var answer) && TrySend(answer))
                answers.TryDequeue(out _);
            if (IsDraining)
                EndDrain();
        }
    }
}
