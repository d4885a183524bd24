using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>Result of a verification that says whether a webhook is genuine, and how much of it is signed.</summary>
public readonly record struct Verdict
{
    private Verdict(SignatureCoverage coverage, bool isSharedKey, RejectionReason rejection) =>
        (Coverage, IsSharedKey, Rejection) = (coverage, isSharedKey, rejection);

    /// <summary>The part of the request that the signature covers; meaningless after a rejection.</summary>
    public SignatureCoverage Coverage { get; }

    /// <summary>
    /// Whether the key is the same for all of the provider's customers. Then the signature proves the sender and not the addressee:
    /// any customer can have genuine webhooks sent here.
    /// </summary>
    public bool IsSharedKey { get; }

    /// <summary>A digest of the token that signed the webhook, if one token can sign many; otherwise null.</summary>
    public string? Credential { get; init; }

    /// <summary>Whether the request carried a token that only the provider and this deployment have, in a header.</summary>
    public bool HasToken { get; init; }

    /// <summary>The reason of the rejection; <see cref="RejectionReason.None"/> if there was none.</summary>
    public RejectionReason Rejection { get; }

    /// <summary>Whether the webhook is the provider's.</summary>
    public bool IsGenuine => Rejection == RejectionReason.None;

    /// <summary>Returns the verdict for a webhook signed, as far as <paramref name="coverage"/> says, with a key that only the provider and this
    /// deployment have.</summary>
    public static Verdict Genuine(SignatureCoverage coverage) => new(coverage, isSharedKey: false, RejectionReason.None);

    /// <summary>Returns the verdict for a webhook signed, as far as <paramref name="coverage"/> says, with a key that serves all of the provider's
    /// customers.</summary>
    public static Verdict GenuineBySharedKey(SignatureCoverage coverage) => new(coverage, isSharedKey: true, RejectionReason.None);

    /// <summary>Returns the verdict for a webhook that is not proven to be the provider's.</summary>
    public static Verdict Rejected(RejectionReason reason) =>
        reason == RejectionReason.None ? throw new ArgumentOutOfRangeException(nameof(reason)) : new(default, isSharedKey: false, reason);
}
