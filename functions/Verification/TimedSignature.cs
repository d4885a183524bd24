using System.Security.Cryptography;
using System.Text;
using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>
/// A signature in the form <c>t={time},v1={hex}</c>: the HMAC-SHA256 of <c>{time}.{body}</c>. Several <c>v1</c> may stand there (a rotation at the
/// sender's side), and parts with another name are skipped.
/// </summary>
public static class TimedSignature
{
    private const int MacBytes = 32;
    private const int MaxSignatures = 8;

    /// <summary>Whether <paramref name="value"/> looks like this form rather than a bare signature.</summary>
    public static bool LooksLike(ReadOnlySpan<char> value) => value.Contains('=');

    /// <summary>Checks a header's <paramref name="value"/>. The time is in seconds, or in milliseconds from 1e11 on.</summary>
    public static RejectionReason Check(ReadOnlySpan<char> value, ReadOnlySpan<byte> body, HmacKeyRing keys, DateTimeOffset now)
    {
        ReadOnlySpan<char> time = default;
        Span<byte> signatures = stackalloc byte[MaxSignatures * MacBytes];
        var count = 0;
        foreach (var range in value.Split(','))
        {
            switch (value[range].Trim(' '))
            {
                // A second time would leave open which of the two was checked.
                case ['t', '=', ..] when !time.IsEmpty:
                    return RejectionReason.MalformedHeader;
                case ['t', '=', .. var digits]:
                    time = digits;
                    break;
                case ['v', '1', '=', .. var hex] when count < MaxSignatures && TryDecode(hex, signatures.Slice(count * MacBytes, MacBytes)):
                    count++;
                    break;
            }
        }

        if (!SignedTime.TryParse(time, out var signedAt) || count == 0)
        {
            return RejectionReason.MalformedHeader;
        }

        if (!SignedTime.IsNearInEitherUnit(signedAt, now))
        {
            return RejectionReason.StaleTimestamp;
        }

        Span<byte> prefix = stackalloc byte[32];
        var length = Encoding.ASCII.GetBytes(time, prefix);
        prefix[length++] = (byte)'.';
        return Matches(prefix[..length], body, signatures[..(count * MacBytes)], keys) ? RejectionReason.None : RejectionReason.WrongSignature;
    }

    /// <summary>Checks a bare signature: <paramref name="hex"/> is the HMAC-SHA256 of the body, with no time.</summary>
    public static RejectionReason CheckBare(ReadOnlySpan<char> hex, ReadOnlySpan<byte> body, HmacKeyRing keys)
    {
        Span<byte> signature = stackalloc byte[MacBytes];
        return !TryDecode(hex, signature) ? RejectionReason.MalformedHeader
            : Matches([], body, signature, keys) ? RejectionReason.None
            : RejectionReason.WrongSignature;
    }

    private static bool TryDecode(ReadOnlySpan<char> hex, Span<byte> signature) =>
        hex.Length == MacBytes * 2 && Convert.FromHexString(hex, signature, out _, out _) == System.Buffers.OperationStatus.Done;

    // Every signature is compared with every key's, so the time taken does not tell which of them fits.
    private static bool Matches(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body, ReadOnlySpan<byte> signatures, HmacKeyRing keys)
    {
        Span<byte> mac = stackalloc byte[MacBytes];
        var found = false;
        for (var key = 0; key < keys.Count; key++)
        {
            keys.Sign(key, prefix, body, mac);
            for (var rest = signatures; !rest.IsEmpty; rest = rest[MacBytes..])
            {
                found |= CryptographicOperations.FixedTimeEquals(mac, rest[..MacBytes]);
            }
        }

        // What was computed would be a valid signature of a body that someone else wrote.
        CryptographicOperations.ZeroMemory(mac);
        return found;
    }
}
