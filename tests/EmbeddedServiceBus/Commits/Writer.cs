using System.Collections.Concurrent;

namespace EmbeddedServiceBus.Commits;

/// <summary>
/// Writer whose single thread reads and writes the file. Requests that arrive while a transaction is flushed to the disk share the next one, and are
/// answered after its commit. The more callers there are, the more operations share a flush.
/// </summary>
internal sealed class Writer : IAsyncDisposable
{
    /// <summary>The maximum number of operations in one transaction. It bounds how long the first of them waits for the last.</summary>
    private const int MaxGroup = 1_024;

    /// <summary>The pause after due work failed, so that it does not fail in a tight loop.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>A timer can wait for 49 days at most. An additional run has no effect.</summary>
    private static readonly TimeSpan MaxTimerDelay = TimeSpan.FromDays(1);

    /// <summary>The maximum advance of the clock while the timer is set. After a larger one the timer is set again, because it would fire late.</summary>
    private static readonly TimeSpan MaxTimerSkew = TimeSpan.FromMilliseconds(100);

    private readonly BlockingCollection<Request> inbox = new(new ConcurrentQueue<Request>());
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Receiver> receivers = [];
    private readonly List<Receiver> served = [];
    private readonly DataFile file;
    private readonly TimeProvider clock;
    private readonly ITimer timer;

    public Writer(DataFile file, TimeProvider clock)
    {
        this.file = file;
        this.clock = clock;
        timer = clock.CreateTimer(_ => Wake(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // A dedicated thread, because it blocks while the disk flushes, which would occupy a thread of the pool.
        new Thread(Run) { IsBackground = true, Name = "Embedded Service Bus" }.Start();
        Wake();
    }

    /// <exception cref="ObjectDisposedException">The broker is closed.</exception>
    public void Post(Request request)
    {
        ObjectDisposedException.ThrowIf(!TryPost(request), typeof(EmbeddedBroker));
    }

    /// <summary>Makes the writer check for due work and cancelled receivers.</summary>
    public void Wake() => TryPost(Request.Check);

    /// <summary>Completes earlier requests, fails the receivers that wait, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stopped.Task.IsCompleted)
            return;
        inbox.CompleteAdding();
        await stopped.Task.ConfigureAwait(false);
        inbox.Dispose();
    }

    private bool TryPost(Request request)
    {
        try
        {
            inbox.Add(request);
            return true;
        }
        catch (InvalidOperationException)
        {
            // The broker is closed or being closed.
            return false;
        }
    }

    private void Run()
    {
        var group = new List<Operation>();
        foreach (var first in inbox.GetConsumingEnumerable())
        {
            Sort(first, group);
            while (group.Count < MaxGroup && inbox.TryTake(out var next))
                Sort(next, group);
            Commit(group);
            group.Clear();
        }

        timer.Dispose();
        file.Dispose();
        receivers.ForEach(receiver => receiver.Fail(new ObjectDisposedException(typeof(EmbeddedBroker).FullName)));
        stopped.SetResult();
    }

    private void Sort(Request request, List<Operation> group)
    {
        if (request is Operation operation)
            group.Add(operation);
        else if (request is Receiver receiver)
            receivers.Add(receiver);
    }

    private void Commit(List<Operation> group)
    {
        var now = clock.GetUtcNow().UtcTicks;
        var dueAt = long.MaxValue;
        var failure = file.Transact(() =>
        {
            file.Rules.RaiseDue(now);
            group.ForEach(operation => operation.Execute(file.Rules, now));
            receivers.ForEach(receiver => Serve(receiver, now));
            dueAt = file.Rules.NextDue();
        });

        if (failure is null)
        {
            Arm(now, dueAt);
            group.ForEach(operation => operation.Complete());
            served.ForEach(receiver => receiver.Complete());
            served.Clear();
        }
        else
        {
            served.ForEach(receiver => receiver.Release());
            served.Clear();
            CommitEach(group, now);
        }

        foreach (var receiver in receivers.Where(receiver => receiver.Deadline <= now))
            receiver.TimeOut();
        receivers.RemoveAll(receiver => receiver.HasEnded);
    }

    /// <summary>Executes each operation in a separate transaction, so that one that fails does not fail the others.</summary>
    private void CommitEach(List<Operation> group, long now)
    {
        var failure = file.Transact(() => file.Rules.RaiseDue(now));
        foreach (var operation in group)
        {
            if (file.Transact(() => operation.Execute(file.Rules, now)) is { } own)
                operation.Fail(own);
            else
                operation.Complete();
        }

        foreach (var receiver in receivers)
        {
            var own = file.Transact(() => Serve(receiver, now));
            foreach (var reserved in served)
            {
                if (own is null)
                    reserved.Complete();
                else
                    reserved.Fail(own);
            }

            served.Clear();
        }

        var dueAt = long.MaxValue;
        failure ??= file.Transact(() => dueAt = file.Rules.NextDue());
        Arm(now, failure is null ? dueAt : now + Pause.Ticks);
    }

    private void Serve(Receiver receiver, long now)
    {
        if (!receiver.Entity.MayBeReady || !receiver.TryReserve())
            return;
        // Added before it receives, so that after a failure the reserved receivers are known.
        served.Add(receiver);
        if (receiver.Receive(file.Rules, now))
            return;
        served.Remove(receiver);
        receiver.Release();
    }

    /// <summary>Sets the timer. It runs before the callers get their results, because a test may advance the clock as soon as it has one.</summary>
    private void Arm(long now, long dueAt)
    {
        foreach (var receiver in receivers)
        {
            // A receiver past its deadline needs no timer: the caller of this method times it out.
            if (receiver.Deadline > now)
                dueAt = Math.Min(dueAt, receiver.Deadline);
        }

        if (dueAt <= now)
        {
            Wake();
            return;
        }

        // The timer is set even for the same time as before: a system timer may fire a little early, and the work is then not yet due.
        long before;
        do
        {
            before = clock.GetUtcNow().UtcTicks;
            var wait = dueAt == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Clamp(dueAt - before, 0, MaxTimerDelay.Ticks));
            timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
        while (clock.GetUtcNow().UtcTicks - before > MaxTimerSkew.Ticks);
    }
}
