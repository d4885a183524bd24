using System.Security.Cryptography;
using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>
/// Header <c>x-signature</c>: in hex, an RSA PKCS#1 v1.5 signature with SHA-256 over the 16 bytes of the MD5 of the event id in UTF-8.
/// It covers the event id alone: neither the rest of the body nor a time.
/// </summary>
/// <remarks>
/// The provider's page calls it an HMAC of the body and prints this code beside it; the code is right.
/// The event id stands in the body, so that much is parsed before anything is verified: bounded in size by the receiver and in depth by the parser.
/// </remarks>
public sealed class GeminiGenVerifier(RsaKeyRing keys) : IWebhookVerifier
{
    /// <summary>Header with the signature.</summary>
    public const string SignatureHeader = "x-signature";

    public ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(Verify(request));

    private Verdict Verify(WebhookRequest request)
    {
        if (request.Header(SignatureHeader) is not { } hex)
        {
            return Verdict.Rejected(RejectionReason.MissingHeader);
        }

        // Before anything is parsed: most of what is no signature ends here.
        Span<byte> signature = stackalloc byte[keys.MaxSignatureBytes];
        if (Convert.FromHexString(hex, signature, out _, out var length) != System.Buffers.OperationStatus.Done)
        {
            return Verdict.Rejected(RejectionReason.MalformedHeader);
        }

        if (request.Json is not { } body || GeminiGenEnvelope.TryRead(body) is not { EventId.Length: <= EventKey.MaxWebhookIdLength } envelope)
        {
            return Verdict.Rejected(RejectionReason.MalformedBody);
        }

        return keys.Verify(Digest(envelope.EventId), signature[..length])
            ? Verdict.GenuineBySharedKey(SignatureCoverage.EventIdOnly)
            : Verdict.Rejected(RejectionReason.WrongSignature);
    }

    // Lone surrogates keep their value here: an encoding that replaces them would let one signature stand for several ids.
#pragma warning disable CA5351 // MD5 is what the provider signs; the signature is as weak as that, and nothing here can strengthen it.
    private static byte[] Digest(string eventId) => MD5.HashData(KeyEncoding.Utf8(eventId));
#pragma warning restore CA5351
}
