using System.Text.Json;

namespace WebhookFunctions.Model;

/// <summary>Verified webhook, as received from the queue.</summary>
/// <param name="Key">The event's key.</param>
/// <param name="Coverage">The part of the request that the signature covers.</param>
/// <param name="ReceivedAt">When it was received, UTC.</param>
/// <param name="Body">The body: one JSON object without duplicate names.</param>
/// <param name="IsRecovered">Whether the event came from the provider's API and not from a webhook.</param>
public sealed record ReceivedEvent(EventKey Key, SignatureCoverage Coverage, DateTimeOffset ReceivedAt, JsonElement Body, bool IsRecovered = false)
{
    /// <summary>The SHA-256 of the raw body, in lower-case hex; null if the body is not needed.</summary>
    public string? BodySha256 { get; init; }

    /// <summary>Whether the request carried the provider's URL token.</summary>
    public bool HasToken { get; init; }

    /// <summary>Whether the signing key is the same for all of the provider's customers, so that any of them can have genuine webhooks sent here.</summary>
    public bool IsSharedKey { get; init; }

    /// <summary>A digest of the token that signed it, if one token can sign many events; otherwise null.</summary>
    public string? Credential { get; init; }

    /// <summary>How often its confirmation was postponed because its turn had not come.</summary>
    public int Waits { get; init; }

    /// <summary>How far the event is proven without a confirmation.</summary>
    public Assurance Assurance =>
        IsRecovered ? Assurance.Confirmed
        : HasToken || (Coverage.CoversBody() && !IsSharedKey) ? Assurance.Signed
        : Assurance.Unconfirmed;
}
