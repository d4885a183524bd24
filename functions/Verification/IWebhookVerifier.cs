namespace WebhookFunctions.Verification;

/// <summary>One signature scheme with its keys.</summary>
public interface IWebhookVerifier
{
    /// <summary>
    /// Tells whether <paramref name="request"/> is the provider's, over the raw bytes of its body.
    /// Never throws for anything that a caller can send.
    /// </summary>
    ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken);
}
