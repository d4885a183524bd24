namespace WebhookFunctions.Providers.Api;

/// <summary>
/// Queue that lets through at most <paramref name="limit"/> calls in any <paramref name="window"/>. A call that comes too early gets a turn, and
/// none overtakes those that wait. Not thread-safe.
/// </summary>
internal sealed class TurnLine(int limit, TimeSpan window)
{
    private readonly Queue<DateTimeOffset> _passed = new(limit);
    private readonly TimeSpan _interval = window / limit;
    private DateTimeOffset _newest;
    private DateTimeOffset _returned;

    /// <summary>Returns whether it holds nothing that matters after <paramref name="now"/>.</summary>
    public bool IsIdle(DateTimeOffset now)
    {
        Forget(now);
        return _passed.Count == 0 && _newest <= now && _returned <= now;
    }

    /// <summary>Returns how long to wait before the next try; zero if the call may be made now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="hasWaited">Whether it has waited for a turn, which has come.</param>
    public TimeSpan Wait(DateTimeOffset now, bool hasWaited)
    {
        Forget(now);
        var hasRoom = _passed.Count < limit;
        if (hasRoom && (hasWaited || _newest <= now))
        {
            return TimeSpan.Zero;
        }

        // Calls whose turn came while there was no room wait in a line of their own, before the others.
        ref var last = ref hasWaited ? ref _returned : ref _newest;
        var earliest = hasRoom ? now : _passed.Peek() + window;
        last = last + _interval > earliest ? last + _interval : earliest;
        return last - now;
    }

    /// <summary>Counts a call that is made now.</summary>
    public void Pass(DateTimeOffset now) => _passed.Enqueue(now);

    private void Forget(DateTimeOffset now)
    {
        while (_passed.TryPeek(out var oldest) && oldest <= now - window)
        {
            _passed.Dequeue();
        }
    }
}
