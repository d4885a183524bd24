using EmbeddedServiceBus.Storage;

namespace EmbeddedServiceBus.Commits;

/// <summary>Receive call that waits for messages. It is either cancelled or gets messages, never both. So no message is locked by a call that was
/// cancelled.</summary>
internal sealed class Receiver : Request
{
    private const int Waiting = 0;
    private const int Reserved = 1;
    private const int Ended = 2;

    private readonly TaskCompletionSource<IReadOnlyList<StoredMessage>> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int count;
    private readonly ReceiveMode mode;
    private readonly CancellationToken cancellationToken;
    private readonly CancellationTokenRegistration registration;
    private IReadOnlyList<StoredMessage> messages = [];
    private int state = Waiting;

    /// <param name="entity">The source of the messages.</param>
    /// <param name="count">The maximum number of messages.</param>
    /// <param name="mode">Whether the messages are locked or removed.</param>
    /// <param name="deadline">When the wait ends without messages, in UTC ticks; <see cref="long.MaxValue"/> for never.</param>
    /// <param name="onCancelled">Called if the receiver was cancelled while it waited.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Receiver(Entity entity, int count, ReceiveMode mode, long deadline, Action onCancelled, CancellationToken cancellationToken)
    {
        Entity = entity;
        Deadline = deadline;
        this.count = count;
        this.mode = mode;
        this.cancellationToken = cancellationToken;
        registration = cancellationToken.Register(() =>
        {
            if (TryCancel())
                onCancelled();
        });
    }

    public Entity Entity { get; }

    public long Deadline { get; }

    public bool HasEnded => Volatile.Read(ref state) == Ended;

    public Task<IReadOnlyList<StoredMessage>> Task => completion.Task;

    /// <summary>Reserves the receiver if it still waits, and returns whether it did. It cannot be cancelled until it is completed, failed or
    /// released.</summary>
    public bool TryReserve() => Interlocked.CompareExchange(ref state, Reserved, Waiting) == Waiting;

    /// <summary>Receives messages, and returns whether there are any.</summary>
    public bool Receive(MessageRules rules, long now)
    {
        messages = rules.Receive(Entity, count, mode, now);
        return messages.Count > 0;
    }

    /// <summary>Returns the receiver to waiting, because there were no messages or the transaction was rolled back.</summary>
    public void Release()
    {
        messages = [];
        Volatile.Write(ref state, Waiting);
        // A cancellation in the meantime had no effect, because the receiver was reserved.
        if (cancellationToken.IsCancellationRequested)
            TryCancel();
    }

    public void Complete() => End(() => completion.SetResult(messages));

    public void TimeOut()
    {
        if (TryReserve())
            Complete();
    }

    public void Fail(Exception exception)
    {
        if (Interlocked.CompareExchange(ref state, Reserved, Waiting) != Ended)
            End(() => completion.SetException(exception));
    }

    private bool TryCancel()
    {
        if (Interlocked.CompareExchange(ref state, Ended, Waiting) != Waiting)
            return false;
        completion.SetCanceled(cancellationToken);
        return true;
    }

    private void End(Action answer)
    {
        Volatile.Write(ref state, Ended);
        // Does not wait for a callback that is running, which does nothing because the receiver has ended.
        registration.Unregister();
        answer();
    }
}
