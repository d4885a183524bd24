namespace WebhookFunctions.Messaging;

/// <summary>Schedule of retries that determines how long each waits, and when work is abandoned for good.</summary>
public static class RetrySchedule
{
    /// <summary>
    /// The delay before the first retry. A retry is a scheduled message: an abandoned one would be redelivered at once and use up its deliveries in seconds.
    /// </summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);

    /// <summary>The longest delay, also if a server asks for a longer one.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>How long work is retried. No provider's link is known to be valid for longer.</summary>
    public static readonly TimeSpan RetryFor = TimeSpan.FromHours(24);

    /// <summary>How long a message with a value that this version does not know is put back for. A rolling update takes minutes.</summary>
    public static readonly TimeSpan PutBackFor = TimeSpan.FromMinutes(5);

    /// <summary>How long the broker takes at most to redeliver a message that is left locked: the lock duration of the queues.</summary>
    public static readonly TimeSpan RedeliveredAfter = TimeSpan.FromMinutes(1);

    /// <summary>The time allowed for recording a wait on a row. The table may be what is unavailable, and the next message must be sent all the
    /// same.</summary>
    public static readonly TimeSpan RecordGrace = TimeSpan.FromSeconds(5);

    // The delay is never zero, because an immediate retry would meet the same condition.
    private const double ShortestPart = 0.02;

    /// <summary>Returns whether work that began at <paramref name="start"/> is past its deadline at <paramref name="next"/>.</summary>
    public static bool IsOver(DateTimeOffset start, DateTimeOffset next) => next > start + RetryFor;

    /// <summary>Returns the delay after attempt <paramref name="attempt"/>, with random jitter.</summary>
    public static TimeSpan Delay(int attempt) => Delay(attempt, Random.Shared.NextDouble());

    /// <summary>
    /// Returns the delay after attempt <paramref name="attempt"/> (0 for the first): a random part of a value that doubles from 5 s to 1 h. Jitter
    /// over the whole value spreads retries of work that failed together as far as possible.
    /// </summary>
    /// <param name="attempt">The number of failed attempts before.</param>
    /// <param name="random">From 0 up to, but not including, 1. The nearer to 1, the shorter the delay, which is never zero.</param>
    public static TimeSpan Delay(int attempt, double random) => LongestDelayAfter(attempt) * (1 - random * (1 - ShortestPart));

    /// <summary>Returns the longest delay after attempt <paramref name="attempt"/>.</summary>
    public static TimeSpan LongestDelayAfter(int attempt) =>
        TimeSpan.FromSeconds(Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, Math.Clamp(attempt, 0, 30)), LongestDelay.TotalSeconds));
}
