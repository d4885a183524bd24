using EmbeddedServiceBus.Storage;

namespace EmbeddedServiceBus.Commits;

/// <summary>Receive call that waits for messages. It is either cancelled or given messages, never both, so that every lock is known to its
/// holder.</summary>
internal sealed class Receiver : Request
{
    private const int Waiting = 0;
    private const int Claimed = 1;
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
    /// <param name="deadline">When the caller gets an answer in any case, in UTC ticks; <see cref="long.MaxValue"/> for never.</param>
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

    /// <returns>Whether the receiver still waits. If so, it can no longer be cancelled until it is completed, failed or released.</returns>
    public bool TryClaim() => Interlocked.CompareExchange(ref state, Claimed, Waiting) == Waiting;

    /// <returns>Whether there are messages.</returns>
    public bool Take(MessageRules rules, long now)
    {
        messages = rules.Receive(Entity, count, mode, now);
        return messages.Count > 0;
    }

    /// <summary>Lets the receiver wait on, because there were no messages or the transaction was rolled back.</summary>
    public void Release()
    {
        messages = [];
        Volatile.Write(ref state, Waiting);
        // A cancellation in the meantime found the receiver taken and had no effect.
        if (cancellationToken.IsCancellationRequested)
            TryCancel();
    }

    public void Complete() => End(() => completion.SetResult(messages));

    public void TimeOut()
    {
        if (TryClaim())
            Complete();
    }

    public void Fail(Exception exception)
    {
        if (Interlocked.CompareExchange(ref state, Claimed, Waiting) != Ended)
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
        // Not awaited: a callback that is running finds that the receiver has ended.
        registration.Unregister();
        answer();
    }
}
