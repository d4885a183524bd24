namespace WebhookFunctions.Verification;

/// <summary>Why a webhook was turned away. It goes to a metric and to the log, never to the caller.</summary>
public enum RefusalReason
{
    /// <summary>Not refused.</summary>
    None,

    /// <summary>The URL carries none of the tokens of which it must carry one.</summary>
    WrongToken,

    /// <summary>A header that the scheme needs is not there.</summary>
    MissingHeader,

    /// <summary>A header is there, but not in the scheme's form.</summary>
    MalformedHeader,

    /// <summary>The time that was signed is too far from now, in either direction.</summary>
    StaleTimestamp,

    /// <summary>No configured key made this signature.</summary>
    WrongSignature,

    /// <summary>The token is not for this audience, not of this issuer, or not valid at this time.</summary>
    WrongClaims,

    /// <summary>The token names a key that the provider does not publish.</summary>
    UnknownKey,

    /// <summary>No known key fits, and the provider's published keys are unavailable: a newer one may fit. The answer is 503, not 400.</summary>
    KeysUnavailable,

    /// <summary>The signature has a form that no setting turns on.</summary>
    SchemeOff,

    /// <summary>The token's claims and the body tell different things.</summary>
    ClaimsContradictBody,

    /// <summary>The signature stands over a part of the body, and the body does not have it.</summary>
    MalformedBody,
}
