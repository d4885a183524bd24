namespace WebhookFunctions.Model;

/// <summary>
/// Metadata of an event's body from the request that brought it. It is stored with the body. Of several bodies with one webhook id, the first one
/// stored is the event's, and so is its receipt.
/// </summary>
/// <param name="BodySha256">The SHA-256 of the body, in lower-case hex.</param>
/// <param name="Coverage">The part of the request that the signature covers.</param>
/// <param name="HasToken">Whether the request carried the provider's URL token.</param>
/// <param name="IsSharedKey">Whether the signing key is the same for all of the provider's customers.</param>
/// <param name="ReceivedAt">When the webhook was received, UTC.</param>
public sealed record EventReceipt(string BodySha256, SignatureCoverage Coverage, bool HasToken, bool IsSharedKey, DateTimeOffset ReceivedAt);
