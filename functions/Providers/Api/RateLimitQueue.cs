namespace WebhookFunctions.Providers.Api;

/// <summary>
/// Rate limiter that admits at most <paramref name="limit"/> calls in any <paramref name="window"/>. A call that comes too early gets a later turn,
/// and no new call overtakes waiting ones. Not thread-safe.
/// </summary>
internal sealed class RateLimitQueue(int limit, TimeSpan window)
{
    private readonly Queue<DateTimeOffset> _passed = new(limit);
    private readonly TimeSpan _interval = window / limit;
    private DateTimeOffset _newest;
    private DateTimeOffset _returned;

    /// <summary>Returns whether it holds no state that matters after <paramref name="now"/>.</summary>
    public bool IsIdle(DateTimeOffset now)
    {
        RemoveOld(now);
        return _passed.Count == 0 && _newest <= now && _returned <= now;
    }

    /// <summary>Returns how long to wait before the next try; zero if the call may be made now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="hasWaited">Whether the call waited for its turn, which has come.</param>
    public TimeSpan Wait(DateTimeOffset now, bool hasWaited)
    {
        RemoveOld(now);
        var hasRoom = _passed.Count < limit;
        if (hasRoom && (hasWaited || _newest <= now))
        {
            return TimeSpan.Zero;
        }

        // Calls whose turn came while the limit was reached wait in a separate line, before new calls.
        ref var last = ref hasWaited ? ref _returned : ref _newest;
        var earliest = hasRoom ? now : _passed.Peek() + window;
        last = last + _interval > earliest ? last + _interval : earliest;
        return last - now;
    }

    /// <summary>Counts a call that is made now.</summary>
    public void Count(DateTimeOffset now) => _passed.Enqueue(now);

    private void RemoveOld(DateTimeOffset now)
    {
        while (_passed.TryPeek(out var oldest) && oldest <= now - window)
        {
            _passed.Dequeue();
        }
    }
}
