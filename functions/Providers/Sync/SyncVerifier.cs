using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Sync;

/// <summary>
/// Verifier of header <c>Sync-Signature</c>: <c>t={time},v1={hex}</c>, the HMAC-SHA256 of <c>{time}.{body}</c> with the secret's text as the key.
/// Document: https://sync.so/docs, "Webhooks". It documents neither a tolerance nor a unit of the time, so seconds are assumed, and milliseconds
/// from 1e11 on.
/// </summary>
/// <param name="keys">The secrets.</param>
/// <param name="acceptPrimary">
/// Whether a webhook without that header may carry <c>X-Signature-Primary</c> instead. The payload reference calls it "an HMAC signature of the
/// payload" and no more, so its form is a guess: the hex HMAC of the body, or the form above. It is accepted only if a setting says so. Without a
/// time, an intercepted one stays valid for ever.
/// </param>
/// <param name="clock">The clock that checks the signed time.</param>
public sealed class SyncVerifier(HmacKeyRing keys, bool acceptPrimary, TimeProvider clock) : IWebhookVerifier
{
    /// <summary>Header with the time and the signature.</summary>
    public const string SignatureHeader = "Sync-Signature";

    /// <summary>Header with a signature whose form is not documented.</summary>
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
        // A header that occurs twice or is empty is not absent, so the other header must not replace it.
        if (!acceptPrimary || request.Headers.ContainsKey(SignatureHeader) || request.Header(PrimaryHeader) is not { } primary)
        {
            return _signature.VerifyAsync(request, cancellationToken);
        }

        return (primary.Contains('=', StringComparison.Ordinal) ? _timedPrimary : _barePrimary).VerifyAsync(request, cancellationToken);
    }
}
