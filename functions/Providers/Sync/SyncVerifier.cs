using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Sync;

/// <summary>
/// Header <c>Sync-Signature</c>: <c>t={time},v1={hex}</c>, the HMAC-SHA256 of <c>{time}.{body}</c> under the secret's text.
/// Document: https://sync.so/docs, "Webhooks". It names no tolerance and no unit for the time: see <see cref="TimedSignature"/>.
/// </summary>
/// <param name="keys">The secrets.</param>
/// <param name="acceptPrimary">
/// Whether a webhook without that header may carry <c>X-Signature-Primary</c> instead. The payload reference calls it "an HMAC signature of the
/// payload" and no more, so its form is a guess: the hex HMAC of the body, or the form above. It is accepted only where a setting asks for it. Without
/// a time, a captured one can be sent again for ever.
/// </param>
/// <param name="clock">For the time that was signed.</param>
public sealed class SyncVerifier(HmacKeyRing keys, bool acceptPrimary, TimeProvider clock) : IWebhookVerifier
{
    /// <summary>Header with the time and the signature.</summary>
    public const string SignatureHeader = "Sync-Signature";

    /// <summary>Header with the signature of which the form is not documented.</summary>
    public const string PrimaryHeader = "X-Signature-Primary";

    public ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        var rejection = Check(request);
        return ValueTask.FromResult(rejection == RejectionReason.None ? Verdict.Genuine(SignatureCoverage.RawBody) : Verdict.Rejected(rejection));
    }

    private RejectionReason Check(WebhookRequest request)
    {
        var body = request.Body.Span;
        if (request.Header(SignatureHeader) is { } signature)
        {
            return TimedSignature.Check(signature, body, keys, clock.GetUtcNow());
        }

        // A header that stands there twice or empty is no absent one: the other must not step in for it.
        if (!acceptPrimary || request.Headers.ContainsKey(SignatureHeader) || request.Header(PrimaryHeader) is not { } primary)
        {
            return RejectionReason.MissingHeader;
        }

        return TimedSignature.LooksLike(primary)
            ? TimedSignature.Check(primary, body, keys, clock.GetUtcNow())
            : TimedSignature.CheckBare(primary, body, keys);
    }
}
