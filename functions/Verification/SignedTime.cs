using System.Globalization;

namespace WebhookFunctions.Verification;

/// <summary>Signed times, and the check that such a time is close to now.</summary>
public static class SignedTime
{
    /// <summary>How far a signed time may be from now, in either direction: five minutes, as Standard Webhooks and Gemini have it.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    // As seconds this is the year 5138; as milliseconds it is 1973.
    private const long FirstMilliseconds = 100_000_000_000;

    // 99,999,999,999,999 ms is the year 5138. No valid time has more digits, and fewer than 19 digits cannot overflow.
    private const int MaxDigits = 15;

    /// <summary>Parses decimal digits. Returns false for anything else, such as a sign, a space or a separator.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        // Checked first, because long.TryParse accepts trailing NUL characters.
        return text.Length <= MaxDigits
            && !text.ContainsAnyExceptInRange('0', '9')
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Returns whether a time is within the tolerance of <paramref name="now"/>, both ends included.</summary>
    /// <param name="value">The time in Unix seconds. If <paramref name="takesMilliseconds"/> is true, a value from 1e11 on is in
    /// milliseconds.</param>
    /// <param name="now">The current time.</param>
    /// <param name="tolerance">How far it may be from now, in either direction.</param>
    /// <param name="takesMilliseconds">Whether the value may also be in milliseconds, because the service does not document its unit.</param>
    public static bool IsNear(long value, DateTimeOffset now, TimeSpan tolerance, bool takesMilliseconds = false) =>
        takesMilliseconds && value >= FirstMilliseconds
            ? Math.Abs(now.ToUnixTimeMilliseconds() - value) <= (long)tolerance.TotalMilliseconds
            : Math.Abs(now.ToUnixTimeSeconds() - value) <= (long)tolerance.TotalSeconds;
}
