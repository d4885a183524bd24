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

    /// <summary>Whether a time is near <paramref name="now"/>; exactly the tolerance is near.</summary>
    /// <param name="value">The time: Unix seconds or, where <paramref name="takesMilliseconds"/>, milliseconds from 1e11 on.</param>
    /// <param name="now">The time with which it is compared.</param>
    /// <param name="tolerance">How far it may be from now, in either direction.</param>
    /// <param name="takesMilliseconds">Whether the service does not say its unit.</param>
    public static bool IsNear(long value, DateTimeOffset now, TimeSpan tolerance, bool takesMilliseconds = false) =>
        takesMilliseconds && value >= FirstMilliseconds
            ? Math.Abs(now.ToUnixTimeMilliseconds() - value) <= (long)tolerance.TotalMilliseconds
            : Math.Abs(now.ToUnixTimeSeconds() - value) <= (long)tolerance.TotalSeconds;
}
