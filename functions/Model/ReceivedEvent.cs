using System.Text.Json;

namespace WebhookFunctions.Model;

/// <summary>A verified webhook as it lay on the queue.</summary>
/// <param name="Key">Which webhook it is.</param>
/// <param name="Coverage">What its signature vouched for.</param>
/// <param name="ReceivedAt">When it was received, UTC.</param>
/// <param name="Body">The body: one JSON object without duplicate names.</param>
/// <param name="IsRecovered">Whether nobody sent it: it is what the provider's API told when it was asked.</param>
public sealed record ReceivedEvent(EventKey Key, Coverage Coverage, DateTimeOffset ReceivedAt, JsonElement Body, bool IsRecovered = false)
{
    /// <summary>Whether the request carried the token that the provider's URL was registered with.</summary>
    public bool HasToken { get; init; }

    /// <summary>Whether the signing key is the same for all of the provider's customers, so that any of them can have genuine webhooks sent here.</summary>
    public bool IsSharedKey { get; init; }
}
