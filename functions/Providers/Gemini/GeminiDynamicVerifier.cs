using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>
/// The address of dynamic webhooks, where the header's form decides the scheme: <c>v1a,{base64}</c> entries, as live deliveries have them, or a JWT, as the
/// guide prints it. Neither form ever falls back to the other.
/// </summary>
/// <param name="signatures">The <c>v1a</c> scheme; null where it is off.</param>
/// <param name="tokens">The JWT scheme; null where it is off.</param>
public sealed class GeminiDynamicVerifier(Ed25519Verifier? signatures, GeminiTokenVerifier? tokens) : IWebhookVerifier
{
    public ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        if (request.Header(StandardWebhooks.SignatureHeader) is not { } header)
        {
            return ValueTask.FromResult(Verdict.Rejected(RejectionReason.MissingHeader));
        }

        // No JWT holds a comma, and every entry of a list does.
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
