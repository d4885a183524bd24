using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>What a verifier found.</summary>
public readonly record struct Verdict
{
    private Verdict(SignatureCoverage coverage, bool isSharedKey, RejectionReason rejection) =>
        (Coverage, IsSharedKey, Rejection) = (coverage, isSharedKey, rejection);

    /// <summary>What the signature vouches for; meaningless if it was rejected.</summary>
    public SignatureCoverage Coverage { get; }

    /// <summary>
    /// Whether the key is the same for all of the provider's customers. Then the signature proves the sender and not the addressee:
    /// any customer can have genuine webhooks sent here.
    /// </summary>
    public bool IsSharedKey { get; }

    /// <summary>A digest of the token that signed it, where one token can sign many webhooks; null where it cannot.</summary>
    public string? Credential { get; init; }

    /// <summary>Whether the request carried a token that only the provider and this deployment have, in a header.</summary>
    public bool HasToken { get; init; }

    /// <summary>Why it was rejected; <see cref="RejectionReason.None"/> if it was not.</summary>
    public RejectionReason Rejection { get; }

    /// <summary>Whether the webhook is the provider's.</summary>
    public bool IsGenuine => Rejection == RejectionReason.None;

    /// <summary>The provider's, as far as <paramref name="coverage"/> goes, under a key that only the provider and this deployment have.</summary>
    public static Verdict Genuine(SignatureCoverage coverage) => new(coverage, isSharedKey: false, RejectionReason.None);

    /// <summary>The provider's, as far as <paramref name="coverage"/> goes, under a key that serves all of the provider's customers.</summary>
    public static Verdict GenuineBySharedKey(SignatureCoverage coverage) => new(coverage, isSharedKey: true, RejectionReason.None);

    /// <summary>Not shown to be the provider's.</summary>
    public static Verdict Rejected(RejectionReason reason) =>
        reason == RejectionReason.None ? throw new ArgumentOutOfRangeException(nameof(reason)) : new(default, isSharedKey: false, reason);
}
