using System.Text.Json;

namespace WebhookFunctions.Model;

/// <summary>A verified webhook as it lay on the queue.</summary>
/// <param name="Key">Which webhook it is.</param>
/// <param name="Coverage">What its signature vouched for.</param>
/// <param name="ReceivedAt">When it was received, UTC.</param>
/// <param name="Body">The body: one JSON object without duplicate names.</param>
/// <param name="IsRecovered">Whether nobody sent it: it is what the provider's API answered.</param>
public sealed record ReceivedEvent(EventKey Key, SignatureCoverage Coverage, DateTimeOffset ReceivedAt, JsonElement Body, bool IsRecovered = false)
{
    /// <summary>The SHA-256 of the body as it came, in lower-case hex; null where the body is of no interest.</summary>
    public string? BodySha256 { get; init; }

    /// <summary>Whether the request carried the token that the provider's URL was registered with.</summary>
    public bool HasToken { get; init; }

    /// <summary>Whether the signing key is the same for all of the provider's customers, so that any of them can have genuine webhooks sent here.</summary>
    public bool IsSharedKey { get; init; }

    /// <summary>A digest of the token that signed it, where one token can sign many events; null where it cannot.</summary>
    public string? Credential { get; init; }

    /// <summary>How often its confirmation was put off because its turn had not come.</summary>
    public int Waits { get; init; }

    /// <summary>What proves it without asking anybody.</summary>
    public Assurance Assurance =>
        IsRecovered ? Assurance.Confirmed
        : HasToken || (Coverage == SignatureCoverage.RawBody && !IsSharedKey) ? Assurance.Signed
        : Assurance.Unconfirmed;
}
