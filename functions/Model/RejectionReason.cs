namespace WebhookFunctions.Model;

/// <summary>Why a webhook was rejected. It goes to a metric and to the log, never to the caller.</summary>
public enum RejectionReason
{
    /// <summary>Not rejected.</summary>
    None,

    /// <summary>The URL carries none of the tokens of which it must carry one.</summary>
    WrongToken,

    /// <summary>A header that the scheme needs is missing.</summary>
    MissingHeader,

    /// <summary>A header does not have the scheme's form.</summary>
    MalformedHeader,

    /// <summary>The time that was signed is too far from now, in either direction.</summary>
    StaleTimestamp,

    /// <summary>No configured key made this signature.</summary>
    WrongSignature,

    /// <summary>The token is not for this audience, not of this issuer, or not valid at this time.</summary>
    WrongClaims,

    /// <summary>The token names a key that the provider does not publish.</summary>
    UnknownKey,

    /// <summary>No known key fits, and the provider's published keys are unavailable: a newer one may. The sender is answered 503, not 400.</summary>
    KeysUnavailable,

    /// <summary>The signature has a form that no setting turns on.</summary>
    SchemeOff,

    /// <summary>The token's claims contradict the body.</summary>
    ClaimsContradictBody,

    /// <summary>The signature covers a part of the body, and the body does not have it.</summary>
    MalformedBody,

    /// <summary>The body is larger than <c>Receive__MaxBodyBytes</c>. The sender is answered 413.</summary>
    BodyTooLarge,

    /// <summary>The sender broke off, or sent a malformed request.</summary>
    BodyBroken,

    /// <summary>Other bodies hold the memory that this one needs. The sender is answered 503.</summary>
    NoMemory,

    /// <summary>The body is not a JSON object.</summary>
    NotAJsonObject,

    /// <summary>The webhook has no id, or one that is too long.</summary>
    NoWebhookId,

    /// <summary>The queue did not accept the event in time. The sender is answered 503.</summary>
    NotEnqueued,

    /// <summary>The sender hung up, or the host stops.</summary>
    Cancelled,

    /// <summary>An error of this app. The sender is answered 503.</summary>
    Failed,
}
