namespace WebhookFunctions.Messaging;

/// <summary>When to try again, and when to give up.</summary>
public static class RetrySchedule
{
    /// <summary>The first wait. An abandoned message would come back at once and burn its deliveries in seconds, so a wait is a scheduled message.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait, also where a server asks for a longer one.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>After this no link of any provider is known to live: the work goes to the dead letters.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(24);

    /// <summary>
    /// The wait after attempt <paramref name="attempt"/> (0 for the first): doubling from 5 s to 1 h, of which the last quarter is chance,
    /// so that what failed together does not come back together.
    /// </summary>
    public static TimeSpan Delay(int attempt)
    {
        var full = Math.Min(First.TotalSeconds * Math.Pow(2, Math.Min(attempt, 30)), Longest.TotalSeconds);
        return TimeSpan.FromSeconds(full * (0.75 + Random.Shared.NextDouble() / 4));
    }
}
