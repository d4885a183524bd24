namespace EmbeddedServiceBus.Commits;

/// <summary>Something that a caller waits for, done in a transaction that it shares with others.</summary>
internal abstract class Operation : Request
{
    /// <summary>Writer's thread. Done again, in another transaction, when the first was rolled back.</summary>
    public abstract void Execute(MessageRules rules, long now);

    /// <summary>Gives the caller its result. Runs on the writer's thread, after the commit.</summary>
    public abstract void Complete();

    /// <summary>Writer's thread: nothing of it was written.</summary>
    public abstract void Fail(Exception exception);
}

/// <param name="work">What to do at the instant given, in UTC ticks.</param>
/// <param name="cancellationToken">Heeded until the work is begun, so that a cancelled call has no effect.</param>
internal sealed class Operation<T>(Func<MessageRules, long, T> work, CancellationToken cancellationToken) : Operation
{
    // The writer must not run what the caller does next.
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? result;
    private BrokerException? refusal;
    private bool cancelled;

    public Task<T> Task => completion.Task;

    public override void Execute(MessageRules rules, long now)
    {
        refusal = null;
        cancelled = cancellationToken.IsCancellationRequested;
        if (cancelled)
            return;
        try
        {
            result = work(rules, now);
        }
        catch (BrokerException outcome)
        {
            refusal = outcome;
        }
    }

    public override void Complete()
    {
        if (cancelled)
            completion.SetCanceled(cancellationToken);
        else if (refusal is not null)
            completion.SetException(refusal);
        else
            completion.SetResult(result!);
    }

    public override void Fail(Exception exception) => completion.SetException(exception);
}
