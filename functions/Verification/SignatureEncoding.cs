using System.Buffers;

namespace WebhookFunctions.Verification;

/// <summary>Encoding of a signature in a header.</summary>
public enum SignatureEncoding
{
    /// <summary>Hexadecimal digits, in either case.</summary>
    Hex,

    /// <summary>Base64 with padding, only in the canonical spelling.</summary>
    Base64,
}

/// <summary>Decoder of signatures.</summary>
internal static class SignatureEncodingExtensions
{
    private const int MaxBase64Characters = 88;

    /// <summary>Decodes a signature of exactly the length of <paramref name="signature"/>. Returns false if the text is anything else.</summary>
    public static bool TryDecode(this SignatureEncoding encoding, ReadOnlySpan<char> text, Span<byte> signature) => encoding == SignatureEncoding.Hex
        ? text.Length == signature.Length * 2 && Convert.FromHexString(text, signature, out _, out _) == OperationStatus.Done
        : TryDecodeBase64(text, signature);

    // Base64 leaves bits of the last character unused. Only the spelling in which they are zero is accepted, so that a signature has one spelling.
    private static bool TryDecodeBase64(ReadOnlySpan<char> text, Span<byte> signature)
    {
        Span<char> spelling = stackalloc char[MaxBase64Characters];
        return text.Length == (signature.Length + 2) / 3 * 4
            && Convert.TryFromBase64Chars(text, signature, out var length) && length == signature.Length
            && Convert.TryToBase64Chars(signature, spelling, out var written) && text.SequenceEqual(spelling[..written]);
    }
}
