using System.Security.Cryptography;
using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>
/// Verifier of header <c>x-signature</c>: in hex, an RSA PKCS#1 v1.5 signature with SHA-256 over the 16 bytes of the MD5 of the event id in UTF-8.
/// It covers only the event id, neither the rest of the body nor a time.
/// </summary>
/// <remarks>
/// The provider's page calls it an HMAC of the body, but its sample code computes this signature, and the code is right. The event id is in the
/// body, so the body is parsed before it is verified. The receiver limits its size, and the parser its depth.
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

        // Checked before the body is parsed, so that most forged requests cost little.
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

    // Lone surrogates keep their value. With an encoding that replaces them, one signature would be valid for several ids.
#pragma warning disable CA5351 // The provider signs an MD5. The signature is as weak as that, and this app cannot strengthen it.
    private static byte[] Digest(string eventId) => MD5.HashData(KeyEncoding.Utf8(eventId));
#pragma warning restore CA5351
}
