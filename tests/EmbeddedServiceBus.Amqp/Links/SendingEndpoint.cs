using System.Runtime.CompilerServices;
using Amqp;
using Amqp.Framing;
using Amqp.Listener;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>
/// A link that the client receives from. It keeps count of the credit itself: the library sends without any, and forgets what is left when
/// a client states the same credit again, as some do.
/// </summary>
/// <remarks>
/// All links of a session send, settle and end one at a time, under its guard. Without it the library writes what it began to send on a link
/// that has been detached meanwhile, and the client ends the connection. By the library's source, a delivery that is settled while it is still being
/// written leaves the list of deliveries to write. Those behind it would wait until the next flow. That was never observed.
/// </remarks>
internal abstract class SendingEndpoint : LinkEndpoint
{
    private static readonly ConditionalWeakTable<Session, Lock> Guards = [];
    private static readonly ConditionalWeakTable<Link, SendingEndpoint> Endpoints = [];

    // Held while the library sends, which takes the locks of link and session then. The library calls back under those locks when a link or
    // session ends: OnLinkClosed must never take this one.
    private readonly Lock guard;

    /// <summary>How many messages the client has allowed in all, since the link was attached.</summary>
    private long limit;

    /// <summary>The same as the library has it.</summary>
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

    /// <summary>How many messages may be sent now.</summary>
    protected int Credit
    {
        get
        {
            lock (guard)
                return (int)Math.Clamp(limit - sent, 0, int.MaxValue);
        }
    }

    /// <summary>Whether the client waits for what there is now, and for the answer that this was all.</summary>
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
                var stated = libraryLimit + flowContext.Messages;
                isLowered = stated < limit;
                limit = stated;
                isDraining = Link.IsDraining;
                if (flowContext.Messages > 0)
                {
                    libraryLimit = stated;
                }
                else if (isDraining)
                {
                    // The library takes the credit for used up; it is set right when the drain ends. Nothing may be said before: a client
                    // on this
                    // same library takes any flow for the end.
                    libraryLimit = sent;
                }
                else
                {
                    SetCredit((int)Math.Max(stated - sent, 0), drain: false);
                    libraryLimit = Math.Max(stated, sent);
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

    /// <summary>Called by the connection's own thread.</summary>
    /// <param name="isUrgent">Whether the client waits for an end to what was begun with its earlier credit.</param>
    protected abstract void OnCreditChanged(bool isUrgent);

    /// <returns>False without credit, and when the link is gone.</returns>
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
            catch (Exception gone) when (IsGone(gone))
            {
                return false;
            }

            sent++;
            return true;
        }
    }

    /// <summary>Answers the client that there is no more, and takes back its credit.</summary>
    protected void EndDrain()
    {
        try
        {
            lock (guard)
            {
                isDraining = false;
                limit = libraryLimit = sent;
                // Twice: clients on this library wait for a flow without "drain", clients on rhea for one with it.
                SetCredit(0, drain: false);
                SetCredit(0, drain: true);
            }
        }
        catch (Exception gone) when (IsGone(gone))
        {
            // The client has gone.
        }
    }

    /// <summary>Sends nothing on a link any more. Called when the client detaches it, before the library answers.</summary>
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
        catch (Exception gone) when (IsGone(gone))
        {
            // The client has gone, so nobody waits for the answer.
        }
    }

    /// <summary>Under the guard.</summary>
    private void SetCredit(int credit, bool drain)
    {
        if (!isDetached)
            Link.SetCredit(credit, drain, autoRestore: false);
    }

    private static Lock GuardOf(Link link) => Guards.GetValue(link.Session, _ => new Lock());

    private static bool IsGone(Exception exception) => exception is AmqpException or ObjectDisposedException or InvalidOperationException;
}
