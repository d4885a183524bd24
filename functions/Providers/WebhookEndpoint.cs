using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers;

/// <summary>One address under <c>webhooks/{provider}</c>, with the scheme that guards it.</summary>
/// <param name="Mode">The last part of the route, <c>webhooks/{provider}/{mode}</c>; null for <c>webhooks/{provider}</c>.</param>
/// <param name="Verifier">The scheme. It belongs to the address, so that no caller chooses it.</param>
public sealed record WebhookEndpoint(string? Mode, IWebhookVerifier Verifier);
