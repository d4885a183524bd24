namespace WebhookFunctions.Verification;

/// <summary>Verifier of webhooks by one scheme, with its own keys.</summary>
public interface IWebhookVerifier
{
    /// <summary>
    /// Verifies that <paramref name="request"/> is the provider's, over the raw bytes of its body. Never throws, whatever a sender sends.
    /// </summary>
    ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken);
}
