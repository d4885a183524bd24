namespace WebhookFunctions.Model;

/// <summary>Reason why a webhook was rejected. It is counted and logged, but never shown to the caller.</summary>
public enum RejectionReason
{
    /// <summary>Not rejected.</summary>
    None,

    /// <summary>The URL does not carry one of the required tokens.</summary>
    WrongToken,

    /// <summary>A header that the scheme needs is missing.</summary>
    MissingHeader,

    /// <summary>A header does not have the scheme's form.</summary>
    MalformedHeader,

    /// <summary>The signed time is too far from now, in either direction.</summary>
    StaleTimestamp,

    /// <summary>The signature was made with none of the configured keys.</summary>
    WrongSignature,

    /// <summary>The token has another audience or issuer, or is not valid at this time.</summary>
    WrongClaims,

    /// <summary>The token names a key that the provider does not publish.</summary>
    UnknownKey,

    /// <summary>No known key verifies the signature, and the provider's published keys are unavailable, so a newer key might. The sender is answered
    /// 503, not 400.</summary>
    KeysUnavailable,

    /// <summary>The signature has a form that the settings do not enable.</summary>
    SchemeOff,

    /// <summary>The token's claims contradict the body.</summary>
    ClaimsContradictBody,

    /// <summary>The signature covers a part of the body, which the body lacks.</summary>
    MalformedBody,

    /// <summary>The body is larger than <c>Receive__MaxBodyBytes</c>. The sender is answered 413.</summary>
    BodyTooLarge,

    /// <summary>The sender closed the connection, or the request is malformed.</summary>
    BodyBroken,

    /// <summary>Other bodies hold the memory that this one needs. The sender is answered 503.</summary>
    NoMemory,

    /// <summary>The body is not a JSON object.</summary>
    NotAJsonObject,

    /// <summary>The webhook has no id, or one that is too long.</summary>
    NoWebhookId,

    /// <summary>The queue did not accept the event in time. The sender is answered 503.</summary>
    NotEnqueued,

    /// <summary>The sender disconnected, or the host is stopping.</summary>
    Cancelled,

    /// <summary>A defect of the app. The sender is answered 503.</summary>
    Failed,
}
