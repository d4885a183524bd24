using System.Threading.Channels;
using Amqp;
using Amqp.Framing;
using Amqp.Listener;
using Amqp.Transactions;
using EmbeddedServiceBus.Amqp.Messages;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>
/// Link on which a client receives from a queue. It receives as many messages as the client's credit allows, and settles them as the client says.
/// Locks outlive the link, as with the service: when a lock expires, the broker redelivers the message.
/// </summary>
internal sealed class DeliveryEndpoint : SendingEndpoint
{
    /// <summary>The maximum number of messages in one receive, so that competing consumers each get a share.</summary>
    private const int MaxBatch = 100;

    private readonly Channel<bool> credit = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationToken closed;
    private readonly Action close;
    private readonly Lock waitGuard = new();
    private readonly IServiceBusBroker broker;
    private readonly EmbeddedBroker behind;
    private readonly string queue;
    private readonly ReceiveMode mode;
    private CancellationTokenSource? waiting;

    public DeliveryEndpoint(ListenerLink link, IServiceBusBroker broker, EmbeddedBroker behind, string queue, ReceiveMode mode)
        : base(link)
    {
        this.broker = broker;
        this.behind = behind;
        this.queue = queue;
        this.mode = mode;
        // Never disposed: it holds no resources, and a link may be closed at any time.
        var closing = new CancellationTokenSource();
        close = closing.Cancel;
        closed = closing.Token;
        _ = RunAsync();
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
        // When a link is lost, the library reports outcomes for its unsettled messages that no client sent. They are ignored.
        if (Link.IsClosed || dispositionContext.Message is not OutgoingMessage { Tag: { } lockToken } message)
            return;
        // A state that is not an outcome settles nothing yet. A settlement without a state is a release by default.
        if (dispositionContext.DeliveryState is not (null or Outcome or TransactionalState))
            return;
        _ = SettleAsync(message, lockToken, dispositionContext.DeliveryState ?? new Released());
    }

    public override void OnLinkClosed(ListenerLink link, Error error) => close();

    protected override void OnCreditChanged(bool isUrgent)
    {
        if (isUrgent)
        {
            lock (waitGuard)
                waiting?.Cancel();
        }

        credit.Writer.TryWrite(true);
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                if (IsDraining)
                    await DrainAsync().ConfigureAwait(false);
                else if (Credit > 0)
                    await DeliverAsync().ConfigureAwait(false);
                else
                    await credit.Reader.ReadAsync(closed).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The link or the broker is closed.
        }
        catch (Exception exception)
        {
            Link.Close(TimeSpan.Zero, ErrorConditions.From(exception));
        }
    }

    private async Task DeliverAsync()
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(closed);
        lock (waitGuard)
            waiting = wait;
        try
        {
            // A drain request arrived before this could be interrupted.
            if (IsDraining)
                return;
            await SendAsync(await ReceiveAsync(Timeout.InfiniteTimeSpan, wait.Token).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!closed.IsCancellationRequested)
        {
            // Interrupted because credit was lowered, or has to be drained.
        }
        finally
        {
            lock (waitGuard)
                waiting = null;
        }
    }

    private async Task DrainAsync()
    {
        while (Credit > 0 && await ReceiveAsync(TimeSpan.Zero, closed).ConfigureAwait(false) is { Count: > 0 } messages)
            await SendAsync(messages).ConfigureAwait(false);
        EndDrain();
    }

    private Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(TimeSpan maxWait, CancellationToken cancellationToken) =>
        broker.ReceiveAsync(queue, Math.Clamp(Credit, 1, MaxBatch), maxWait, mode, cancellationToken);

    private async Task SendAsync(IReadOnlyList<ReceivedMessage> messages)
    {
        foreach (var message in messages)
        {
            // The client has gone, or has withdrawn its credit. No application saw the message, so this does not count as a delivery, and another
            // client may get it at once.
            if (!TrySend(OutgoingMessage.Received(message)) && message.LockToken is { } lockToken)
                await behind.ReleaseAsync(queue, lockToken).ConfigureAwait(false);
        }
    }

    private async Task SettleAsync(OutgoingMessage message, Guid lockToken, DeliveryState state)
    {
        DeliveryState answer;
        try
        {
            answer = await SettleAsync(lockToken, state).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            answer = new Rejected { Error = ErrorConditions.From(exception) };
        }

        Settle(Link, message, answer);
    }

    /// <returns>The same outcome, which confirms it to the client.</returns>
    private async Task<DeliveryState> SettleAsync(Guid lockToken, DeliveryState state)
    {
        switch (state)
        {
            case Accepted:
                await broker.CompleteAsync(queue, lockToken).ConfigureAwait(false);
                return new Accepted();
            case Released:
                // A release does not count as a delivery, as with the service. SDKs release messages that arrive while their application does not
                // receive.
                await behind.ReleaseAsync(queue, lockToken).ConfigureAwait(false);
                return new Released();
            case Modified { UndeliverableHere: true } modified:
                await broker.DeferAsync(queue, lockToken, AmqpValues.Properties(modified.MessageAnnotations)).ConfigureAwait(false);
                return new Modified { UndeliverableHere = true };
            case Modified modified:
                await broker.AbandonAsync(queue, lockToken, AmqpValues.Properties(modified.MessageAnnotations)).ConfigureAwait(false);
                return new Modified();
            case Rejected rejected:
                await DeadLetterAsync(lockToken, rejected.Error).ConfigureAwait(false);
                // Without an error, because an error would report a failure to the client.
                return new Rejected();
            default:
                throw new AmqpException(ErrorConditions.NotImplemented("Transactions are not supported."));
        }
    }

    private Task DeadLetterAsync(Guid lockToken, Error? error)
    {
        var properties = AmqpValues.Properties(error?.Info);
        properties.Remove(DeadLetterReasons.ReasonProperty, out var reason);
        properties.Remove(DeadLetterReasons.DescriptionProperty, out var description);
        // Clients other than Azure's reject with their own errors.
        if (error?.Condition is { } condition && condition != ErrorConditions.DeadLetter)
            (reason, description) = (reason ?? (string)condition, description ?? error.Description);
        return broker.DeadLetterAsync(queue, lockToken, reason as string, description as string, properties);
    }
}
