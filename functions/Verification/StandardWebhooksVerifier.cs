using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>
/// Standard Webhooks, version 1: header <c>webhook-signature</c> lists <c>v1,{base64}</c> entries with spaces between them, each the HMAC-SHA256 of
/// <c>{webhook-id}.{webhook-timestamp}.{body}</c>. One right entry under one key is enough; the time must be within five minutes of now.
/// Document: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
/// </summary>
/// <remarks>
/// The id may itself hold a full stop, so <c>id.time.body</c> could be cut in two ways. The other cut would make the body begin with digits and a full
/// stop, and a body that is not a JSON object is rejected.
/// </remarks>
public sealed class StandardWebhooksVerifier(HmacKeyRing keys, TimeProvider clock) : IWebhookVerifier
{
    /// <summary>Header with the message's id: the same for every retry.</summary>
    public const string IdHeader = "webhook-id";

    /// <summary>Header with the time of the attempt, in Unix seconds.</summary>
    public const string TimestampHeader = "webhook-timestamp";

    /// <summary>Header with the signatures.</summary>
    public const string SignatureHeader = "webhook-signature";

    /// <summary>How many entries of a signature list are looked at. A rotation needs two; a header of 32 KiB holds thousands.</summary>
    public const int MaxEntries = 32;

    private const int MacBytes = 32;
    private const int MacCharacters = 44;

    public ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(Verify(request));

    private Verdict Verify(WebhookRequest request)
    {
        Span<byte> prefix = stackalloc byte[StandardWebhooksHeaders.MaxPrefixBytes];
        var rejection = StandardWebhooksHeaders.Read(request, clock.GetUtcNow(), prefix, out var length, out var signatures);
        return rejection != RejectionReason.None ? Verdict.Rejected(rejection)
            : HasSignature(prefix[..length], request.Body.Span, signatures) ? Verdict.Genuine(SignatureCoverage.RawBody)
            : Verdict.Rejected(RejectionReason.WrongSignature);
    }

    // Every entry is compared with every key's signature, so the time taken does not tell which of them fits.
    private bool HasSignature(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body, ReadOnlySpan<char> signatures)
    {
        Span<byte> mac = stackalloc byte[MacBytes];
        Span<byte> text = stackalloc byte[MacCharacters];
        Span<char> expected = stackalloc char[MacCharacters];
        var found = false;
        for (var key = 0; key < keys.Count; key++)
        {
            keys.Sign(key, prefix, body, mac);
            Base64.EncodeToUtf8(mac, text, out _, out _);
            Encoding.ASCII.GetChars(text, expected);
            var entries = 0;
            foreach (var range in signatures.Split(' '))
            {
                if (++entries > MaxEntries)
                {
                    break;
                }

                // Texts are compared, not what they decode to: base64 leaves two bits unused here, and each value has four spellings.
                found |= signatures[range] is ['v', '1', ',', .. var value]
                    && CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(value), MemoryMarshal.AsBytes<char>(expected));
            }
        }

        // What was computed would be a valid signature of a body that someone else wrote.
        CryptographicOperations.ZeroMemory(mac);
        CryptographicOperations.ZeroMemory(text);
        expected.Clear();
        return found;
    }
}
