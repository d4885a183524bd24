using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>
/// Verifier of dynamic webhooks, which selects the scheme by the header's form: <c>v1a,{base64}</c> entries, as in observed deliveries, or a JWT, as
/// in the guide. There is no fallback from one form to the other.
/// </summary>
/// <param name="signatures">The <c>v1a</c> scheme; null if it is off.</param>
/// <param name="tokens">The JWT scheme; null if it is off.</param>
public sealed class GeminiDynamicVerifier(Ed25519Verifier? signatures, GeminiTokenVerifier? tokens) : IWebhookVerifier
{
    public ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        if (request.Header(StandardWebhooks.SignatureHeader) is not { } header)
        {
            return ValueTask.FromResult(Verdict.Rejected(RejectionReason.MissingHeader));
        }

        // No JWT contains a comma, and every entry of a list does.
        var isList = header.Contains(',', StringComparison.Ordinal);
        IWebhookVerifier? verifier = isList ? signatures : tokens;
        if (verifier is not null)
        {
            return verifier.VerifyAsync(request, cancellationToken);
        }

        var isKnownForm = isList ? header.Contains(StandardWebhooks.V1A.Prefix, StringComparison.Ordinal) : header.Split('.').Length == 3;
        return ValueTask.FromResult(Verdict.Rejected(isKnownForm ? RejectionReason.SchemeOff : RejectionReason.MalformedHeader));
    }
}
