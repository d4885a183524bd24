using System.Collections.Concurrent;

namespace EmbeddedServiceBus.Commits;

/// <summary>
/// The one thread that reads and writes the file. What callers request while a transaction is being flushed to the disk goes into the next one
/// together, and is answered after its commit. The more callers there are, the more operations share a flush.
/// </summary>
internal sealed class Writer : IAsyncDisposable
{
    /// <summary>The most operations in one transaction: bounds how long the first of them waits for the last.</summary>
    private const int MaxGroup = 1_024;

    /// <summary>How long due work is left alone after it failed, rather than failed at without end.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>A timer's limit is 49 days; waking once too often does no harm.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    /// <summary>By how much the clock may have moved on while the timer was set, without the timer being late for it.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(100);

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
        // A thread of its own: it blocks while the disk flushes, which a thread of the pool should not.
        new Thread(Run) { IsBackground = true, Name = "Embedded Service Bus" }.Start();
        Wake();
    }

    /// <exception cref="ObjectDisposedException">The broker is closed.</exception>
    public void Post(Request request)
    {
        ObjectDisposedException.ThrowIf(!TryPost(request), typeof(EmbeddedBroker));
    }

    /// <summary>Makes the writer look at what is due and who has gone.</summary>
    public void Wake() => TryPost(Request.LookAround);

    /// <summary>Does what was asked for before, fails those who wait for messages, and closes the file.</summary>
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
            // The broker is closed, or being closed.
            return false;
        }
    }

    private void Run()
    {
        var group = new List<Operation>();
        foreach (var first in inbox.GetConsumingEnumerable())
        {
            Admit(first, group);
            while (group.Count < MaxGroup && inbox.TryTake(out var next))
                Admit(next, group);
            Commit(group);
            group.Clear();
        }

        timer.Dispose();
        file.Dispose();
        receivers.ForEach(receiver => receiver.Fail(new ObjectDisposedException(typeof(EmbeddedBroker).FullName)));
        stopped.SetResult();
    }

    private void Admit(Request request, List<Operation> group)
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

    /// <summary>Something cannot be done, and must not take with it what can: each for itself.</summary>
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
            foreach (var claimed in served)
            {
                if (own is null)
                    claimed.Complete();
                else
                    claimed.Fail(own);
            }

            served.Clear();
        }

        var dueAt = long.MaxValue;
        failure ??= file.Transact(() => dueAt = file.Rules.NextDue());
        Arm(now, failure is null ? dueAt : now + Pause.Ticks);
    }

    private void Serve(Receiver receiver, long now)
    {
        if (!receiver.Entity.MayBeReady || !receiver.TryClaim())
            return;
        // Before it takes anything: if that fails, it must be known which receivers were taken.
        served.Add(receiver);
        if (receiver.Take(file.Rules, now))
            return;
        served.Remove(receiver);
        receiver.Release();
    }

    /// <summary>Runs before the callers get their results, so that a clock which they advance next finds the timer set.</summary>
    private void Arm(long now, long dueAt)
    {
        foreach (var receiver in receivers)
        {
            // One that is past its deadline is answered now.
            if (receiver.Deadline > now)
                dueAt = Math.Min(dueAt, receiver.Deadline);
        }

        if (dueAt <= now)
        {
            Wake();
            return;
        }

        // Every time, though it may be set for that instant already: a timer of the system may go off a little before its time, which is
        // then still to come.
        long before;
        do
        {
            before = clock.GetUtcNow().UtcTicks;
            var wait = dueAt == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Clamp(dueAt - before, 0, LongestSleep.Ticks));
            timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
        while (clock.GetUtcNow().UtcTicks - before > Slack.Ticks);
    }
}
