using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers;

/// <summary>Address under <c>webhooks/{provider}</c>, with the scheme that verifies its requests.</summary>
/// <param name="Mode">The last part of the route, <c>webhooks/{provider}/{mode}</c>; null for <c>webhooks/{provider}</c>.</param>
/// <param name="Verifier">The scheme. It belongs to the address, so that no caller can choose it.</param>
public sealed record WebhookEndpoint(string? Mode, IWebhookVerifier Verifier)
{
    /// <summary>
    /// Whether the signature alone proves an event: it covers the body, with a secret that only the provider and this deployment have. The default
    /// value is true.
    /// </summary>
    public bool IsProof { get; init; } = true;

    /// <summary>The tokens of which the URL must carry one. With the default value, null, a token is not required and has no meaning.</summary>
    public UrlTokens? Tokens { get; init; }
}
