using Microsoft.AspNetCore.Http;
using WebhookFunctions.Providers;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Receiving;

/// <summary>
/// Responder to services that probe an address before they send to it. It answers also for a provider that is off, because some services reveal
/// their secret only once the address has answered.
/// </summary>
internal static class Handshake
{
    /// <summary>The longest challenge that is repeated, in characters.</summary>
    public const int MaxChallengeLength = 128;

    /// <summary>Returns the answer to a probe; null if the request is not one.</summary>
    /// <param name="request">The request; its body is not read.</param>
    /// <param name="card">The card of the provider at the address; null if there is none.</param>
    public static ReceiveAnswer? Answer(HttpRequest request, ProviderCard? card)
    {
        var isOptions = HttpMethods.IsOptions(request.Method);
        if (card is null || !(isOptions || HttpMethods.IsGet(request.Method)))
        {
            return null;
        }

        // Only a URL-safe challenge is repeated, and nothing else that a stranger sends.
        return card.ChallengeParameter is { } parameter
            && request.Query[parameter] is [{ Length: > 0 and <= MaxChallengeLength } challenge] && UrlTokens.IsUrlSafe(challenge)
                ? ReceiveAnswer.Challenge(challenge)
                : isOptions ? ReceiveAnswer.Ready : null;
    }
}
