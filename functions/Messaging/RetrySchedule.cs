namespace WebhookFunctions.Messaging;

/// <summary>The delays between retries, and the deadline after which work is abandoned for good.</summary>
public static class RetrySchedule
{
    /// <summary>
    /// The delay before the first retry. A retry is a scheduled message: an abandoned one would be redelivered at once and use up its deliveries in seconds.
    /// </summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);

    /// <summary>The longest delay, also if a server asks for a longer one.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>How long work is retried. No provider's link is known to live longer.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(24);

    // A retry at once would meet what the attempt met.
    private const double ShortestPart = 0.02;

    /// <summary>Whether work that began at <paramref name="start"/> is abandoned for good rather than continued at <paramref name="next"/>.</summary>
    public static bool IsOver(DateTimeOffset start, DateTimeOffset next) => next > start + GiveUpAfter;

    /// <summary>Returns the delay after attempt <paramref name="attempt"/>, with the jitter that chance gives it.</summary>
    public static TimeSpan Delay(int attempt) => Delay(attempt, Random.Shared.NextDouble());

    /// <summary>
    /// Returns the delay after attempt <paramref name="attempt"/> (0 for the first): a part of a whole that doubles from 5 s to 1 h. The part is random over
    /// the whole, so that what failed together is spread as far as it can be.
    /// </summary>
    /// <param name="attempt">How many failed attempts came before.</param>
    /// <param name="random">From 0 up to, but without, 1. The nearer to 1, the shorter the delay, which is never zero.</param>
    public static TimeSpan Delay(int attempt, double random) => Whole(attempt) * (1 - random * (1 - ShortestPart));

    /// <summary>Returns the longest delay after attempt <paramref name="attempt"/>.</summary>
    public static TimeSpan Whole(int attempt) =>
        TimeSpan.FromSeconds(Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, Math.Clamp(attempt, 0, 30)), LongestDelay.TotalSeconds));
}
