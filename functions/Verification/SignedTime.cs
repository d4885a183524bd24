using System.Globalization;

namespace WebhookFunctions.Verification;

/// <summary>The time that a scheme signs beside the body, and how far it may be from now.</summary>
public static class SignedTime
{
    /// <summary>How far a signed time may be from now, in either direction: five minutes, as Standard Webhooks and Gemini have it.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    // Seconds reach this in the year 5138; milliseconds passed it in 1973.
    private const long FirstMilliseconds = 100_000_000_000;

    // 99,999,999,999,999 ms is the year 5138. More digits are no time of ours, and fewer than 19 cannot overflow.
    private const int MaxDigits = 15;

    /// <summary>Whether <paramref name="text"/> is decimal digits and nothing else: no sign, no space, no separator.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        // Asked first, since long.TryParse lets NUL characters stand at the end.
        return text.Length <= MaxDigits
            && !text.ContainsAnyExceptInRange('0', '9')
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Whether a time in Unix seconds is near <paramref name="now"/>; exactly the tolerance is near.</summary>
    public static bool IsNear(long seconds, DateTimeOffset now) =>
        Math.Abs(now.ToUnixTimeSeconds() - seconds) <= (long)Tolerance.TotalSeconds;

    /// <summary>As <see cref="IsNear"/>, for a provider that does not say its unit: milliseconds from 1e11 on, seconds below.</summary>
    public static bool IsNearInEitherUnit(long value, DateTimeOffset now) =>
        value < FirstMilliseconds
            ? IsNear(value, now)
            : Math.Abs(now.ToUnixTimeMilliseconds() - value) <= (long)Tolerance.TotalMilliseconds;
}
