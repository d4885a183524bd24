using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Sync;

/// <summary>
/// Header <c>Sync-Signature</c>: <c>t={time},v1={hex}</c>, the HMAC-SHA256 of <c>{time}.{body}</c> under the secret's text.
/// Document: https://sync.so/docs, "Webhooks". It names no tolerance and no unit for the time: seconds are taken, or milliseconds from 1e11 on.
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

    private static readonly HmacScheme Scheme = new()
    {
        SignatureHeader = SignatureHeader, Template = "{time}.{body}", Prefix = "v1=", Separator = ',', Key = HmacKeyForm.Text, TakesMilliseconds = true,
    };

    private static readonly HmacScheme BareScheme = new() { SignatureHeader = PrimaryHeader, Template = "{body}", Key = HmacKeyForm.Text };

    private readonly HmacVerifier _signature = Scheme.Verifier(keys, clock);
    private readonly HmacVerifier _timedPrimary = (Scheme with { SignatureHeader = PrimaryHeader }).Verifier(keys, clock);
    private readonly HmacVerifier _barePrimary = BareScheme.Verifier(keys, clock);

    public ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        // A header that stands there twice or empty is no absent one: the other must not step in for it.
        if (!acceptPrimary || request.Headers.ContainsKey(SignatureHeader) || request.Header(PrimaryHeader) is not { } primary)
        {
            return _signature.VerifyAsync(request, cancellationToken);
        }

        return (primary.Contains('=', StringComparison.Ordinal) ? _timedPrimary : _barePrimary).VerifyAsync(request, cancellationToken);
    }
}
