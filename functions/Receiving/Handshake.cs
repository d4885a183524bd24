using Microsoft.AspNetCore.Http;
using WebhookFunctions.Providers;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Receiving;

/// <summary>
/// Answers services that ask whether an address is there before they send to it. A provider that is off is answered for too: some services give out
/// their secret only once the address has answered.
/// </summary>
internal static class Handshake
{
    /// <summary>The longest challenge that is repeated, in characters.</summary>
    public const int MaxChallengeLength = 128;

    /// <summary>Returns the answer to a request that asks; null where it is no such request.</summary>
    /// <param name="request">The request, of which the body is not read.</param>
    /// <param name="card">The card of the provider at the address; null where there is none.</param>
    public static ReceiveAnswer? Answer(HttpRequest request, ProviderCard? card)
    {
        var isOptions = HttpMethods.IsOptions(request.Method);
        if (card is null || !(isOptions || HttpMethods.IsGet(request.Method)))
        {
            return null;
        }

        // Nothing else that a stranger sends is ever repeated.
        return card.ChallengeParameter is { } parameter
            && request.Query[parameter] is [{ Length: > 0 and <= MaxChallengeLength } challenge] && UrlTokens.IsUrlSafe(challenge)
                ? ReceiveAnswer.Challenge(challenge)
                : isOptions ? ReceiveAnswer.Ready : null;
    }
}
