using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

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
