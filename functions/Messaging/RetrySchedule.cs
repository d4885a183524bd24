namespace WebhookFunctions.Messaging;

/// <summary>The delays between retries, and the deadline after which work is given up.</summary>
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

    /// <summary>Whether work that began at <paramref name="start"/> is given up rather than continued at <paramref name="next"/>.</summary>
    public static bool IsOver(DateTimeOffset start, DateTimeOffset next) => next > start + GiveUpAfter;

    /// <summary>
    /// Returns the delay after attempt <paramref name="attempt"/> (0 for the first): doubling from 5 s to 1 h. Its last quarter is random,
    /// so that what failed together is not retried together.
    /// </summary>
    public static TimeSpan Delay(int attempt) => Longest(attempt) * (0.75 + Random.Shared.NextDouble() / 4);

    /// <summary>Returns the longest that <see cref="Delay"/> may be after attempt <paramref name="attempt"/>.</summary>
    public static TimeSpan Longest(int attempt) =>
        TimeSpan.FromSeconds(Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(attempt, 30)), LongestDelay.TotalSeconds));
}
