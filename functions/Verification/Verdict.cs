using WebhookFunctions.Providers;

namespace WebhookFunctions.Verification;

/// <summary>Why a webhook was turned away. It goes to a metric and to the log, never to the caller.</summary>
public enum RefusalReason
{
    /// <summary>Not refused.</summary>
    None,

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

    /// <summary>The token names a key that the provider does not publish, or the provider's keys could not be had.</summary>
    UnknownKey,

    /// <summary>The token's claims and the body tell different things.</summary>
    ClaimsContradictBody,

    /// <summary>The signature stands over a part of the body, and the body does not have it.</summary>
    MalformedBody,
}

/// <summary>What a verifier found.</summary>
public readonly record struct Verdict
{
    private Verdict(Coverage coverage, RefusalReason refusal) => (Coverage, Refusal) = (coverage, refusal);

    /// <summary>What the signature vouches for; meaningless where it was refused.</summary>
    public Coverage Coverage { get; }

    /// <summary>Why it was refused; <see cref="RefusalReason.None"/> where it was not.</summary>
    public RefusalReason Refusal { get; }

    /// <summary>Whether the webhook is the provider's.</summary>
    public bool IsGenuine => Refusal == RefusalReason.None;

    /// <summary>The provider's, as far as <paramref name="coverage"/> goes.</summary>
    public static Verdict Genuine(Coverage coverage) => new(coverage, RefusalReason.None);

    /// <summary>Not shown to be the provider's.</summary>
    public static Verdict Refused(RefusalReason reason) =>
        reason == RefusalReason.None ? throw new ArgumentOutOfRangeException(nameof(reason)) : new(default, reason);
}
