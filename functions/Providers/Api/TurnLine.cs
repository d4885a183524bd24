namespace WebhookFunctions.Providers.Api;

/// <summary>
/// Lets through at most <paramref name="limit"/> in any <paramref name="window"/>. What comes too early is given a turn; nothing passes those that wait.
/// Not safe for several threads.
/// </summary>
internal sealed class TurnLine(int limit, TimeSpan window)
{
    private readonly Queue<DateTimeOffset> _passed = new(limit);
    private readonly TimeSpan _interval = window / limit;
    private DateTimeOffset _newest;
    private DateTimeOffset _returned;

    /// <summary>Whether it holds nothing that matters after <paramref name="now"/>.</summary>
    public bool IsIdle(DateTimeOffset now)
    {
        Forget(now);
        return _passed.Count == 0 && _newest <= now && _returned <= now;
    }

    /// <summary>How long to wait before the next try; zero where it may pass now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="hasWaited">Whether its turn was given before and has come.</param>
    public TimeSpan Wait(DateTimeOffset now, bool hasWaited)
    {
        Forget(now);
        var hasRoom = _passed.Count < limit;
        if (hasRoom && (hasWaited || _newest <= now))
        {
            return TimeSpan.Zero;
        }

        // Those whose turn came while there was no room stand in a line of their own, in front of the others.
        ref var last = ref hasWaited ? ref _returned : ref _newest;
        var earliest = hasRoom ? now : _passed.Peek() + window;
        last = last + _interval > earliest ? last + _interval : earliest;
        return last - now;
    }

    /// <summary>Counts what passes now.</summary>
    public void Pass(DateTimeOffset now) => _passed.Enqueue(now);

    private void Forget(DateTimeOffset now)
    {
        while (_passed.TryPeek(out var oldest) && oldest <= now - window)
        {
            _passed.Dequeue();
        }
    }
}
