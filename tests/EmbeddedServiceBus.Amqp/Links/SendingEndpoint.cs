using System.Runtime.CompilerServices;
using Amqp;
using Amqp.Framing;
using Amqp.Listener;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>
/// Link from which the client receives. It counts the credit itself, because the library sends without credit, and loses the remaining credit if a
/// client states the same credit again, as some do.
/// </summary>
/// <remarks>
/// All links of a session send, settle and end one at a time, under its guard. Without it the library would continue to write to a link that was
/// detached meanwhile, and the client would end the connection. By the library's source, a delivery that is settled while it is being written is
/// removed from the list of deliveries to write. Those after it would wait until the next flow. That was never observed.
/// </remarks>
internal abstract class SendingEndpoint : LinkEndpoint
{
    private static readonly ConditionalWeakTable<Session, Lock> Guards = [];
    private static readonly ConditionalWeakTable<Link, SendingEndpoint> Endpoints = [];

    // Held while the library sends, which then takes the locks of link and session. The library calls back under those locks when a link or session
    // ends, so OnLinkClosed must never take this one.
    private readonly Lock guard;

    /// <summary>The total number of messages that the client has allowed since the link was attached.</summary>
    private long limit;

    /// <summary>The same total, as the library counts it.</summary>
    private long libraryLimit;

    private long sent;
    private bool isDraining;
    private bool isDetached;

    protected SendingEndpoint(ListenerLink link)
    {
        Link = link;
        guard = GuardOf(link);
        Endpoints.Add(link, this);
    }

    protected ListenerLink Link { get; }

    /// <summary>The number of messages that may be sent now.</summary>
    protected int Credit
    {
        get
        {
            lock (guard)
                return (int)Math.Clamp(limit - sent, 0, int.MaxValue);
        }
    }

    /// <summary>Whether the client waits for all available messages, and then for the answer that there are no more.</summary>
    protected bool IsDraining
    {
        get
        {
            lock (guard)
                return isDraining;
        }
    }

    public sealed override void OnFlow(FlowContext flowContext)
    {
        var isLowered = false;
        try
        {
            lock (guard)
            {
                var newLimit = libraryLimit + flowContext.Messages;
                isLowered = newLimit < limit;
                limit = newLimit;
                isDraining = Link.IsDraining;
                if (flowContext.Messages > 0)
                {
                    libraryLimit = newLimit;
                }
                else if (isDraining)
                {
                    // The library counts the credit as used up until the drain ends. No flow may be sent before: a client on the same library
                    // interprets any flow as the end of the drain.
                    libraryLimit = sent;
                }
                else
                {
                    SetCredit((int)Math.Max(newLimit - sent, 0), drain: false);
                    libraryLimit = Math.Max(newLimit, sent);
                }
            }
        }
        catch (AmqpException)
        {
            // The link is closing.
            return;
        }

        OnCreditChanged(isLowered || isDraining);
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
    }

    /// <summary>Called on the connection's own thread.</summary>
    /// <param name="isUrgent">Whether the client waits until work that was begun with its earlier credit has ended.</param>
    protected abstract void OnCreditChanged(bool isUrgent);

    /// <returns>False if there is no credit, or the link is closed.</returns>
    protected bool TrySend(Message message)
    {
        lock (guard)
        {
            if (isDetached || limit <= sent)
                return false;
            try
            {
                Link.SendMessage(message);
            }
            catch (Exception exception) when (IsDisconnected(exception))
            {
                return false;
            }

            sent++;
            return true;
        }
    }

    /// <summary>Reports to the client that there are no more messages, and resets its credit to zero.</summary>
    protected void EndDrain()
    {
        try
        {
            lock (guard)
            {
                isDraining = false;
                limit = libraryLimit = sent;
                // Sent twice: clients on this library wait for a flow without "drain", clients on rhea for one with it.
                SetCredit(0, drain: false);
                SetCredit(0, drain: true);
            }
        }
        catch (Exception exception) when (IsDisconnected(exception))
        {
            // The client has disconnected.
        }
    }

    /// <summary>Stops sending on a link. Called when the client detaches it, before the library answers.</summary>
    public static void OnDetach(Link link)
    {
        if (!Endpoints.TryGetValue(link, out var endpoint))
            return;
        lock (endpoint.guard)
            endpoint.isDetached = true;
    }

    /// <summary>Answers a client's outcome for a message, or sends it the outcome of its own message.</summary>
    public static void Settle(ListenerLink link, Message message, DeliveryState outcome)
    {
        try
        {
            lock (GuardOf(link))
                link.DisposeMessage(message, outcome, settled: true);
        }
        catch (Exception exception) when (IsDisconnected(exception))
        {
            // The client has disconnected, so no answer is needed.
        }
    }

    /// <summary>Called under the guard.</summary>
    private void SetCredit(int credit, bool drain)
    {
        if (!isDetached)
            Link.SetCredit(credit, drain, autoRestore: false);
    }

    private static Lock GuardOf(Link link) => Guards.GetValue(link.Session, _ => new Lock());

    private static bool IsDisconnected(Exception exception) => exception is AmqpException or ObjectDisposedException or InvalidOperationException;
}
