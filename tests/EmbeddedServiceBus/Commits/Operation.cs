namespace EmbeddedServiceBus.Commits;

/// <summary>Operation that a caller waits for. It shares a transaction with others.</summary>
internal abstract class Operation : Request
{
    /// <summary>Executes the operation, on the writer's thread. It is repeated in another transaction if the first was rolled back.</summary>
    public abstract void Execute(MessageRules rules, long now);

    /// <summary>Passes the result to the caller. Runs on the writer's thread, after the commit.</summary>
    public abstract void Complete();

    /// <summary>Fails the operation, on the writer's thread; nothing of it was written.</summary>
    public abstract void Fail(Exception exception);
}

/// <param name="work">The work to do at the given time, in UTC ticks.</param>
/// <param name="cancellationToken">Observed until the work begins, so that a cancelled call has no effect.</param>
internal sealed class Operation<T>(Func<MessageRules, long, T> work, CancellationToken cancellationToken) : Operation
{
    // The caller's continuation must not run on the writer's thread.
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? result;
    private BrokerException? error;
    private bool cancelled;

    public Task<T> Task => completion.Task;

    public override void Execute(MessageRules rules, long now)
    {
        error = null;
        cancelled = cancellationToken.IsCancellationRequested;
        if (cancelled)
            return;
        try
        {
            result = work(rules, now);
        }
        catch (BrokerException exception)
        {
            error = exception;
        }
    }

    public override void Complete()
    {
        if (cancelled)
            completion.SetCanceled(cancellationToken);
        else if (error is not null)
            completion.SetException(error);
        else
            completion.SetResult(result!);
    }

    public override void Fail(Exception exception) => completion.SetException(exception);
}
