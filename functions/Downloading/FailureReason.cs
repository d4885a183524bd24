using WebhookFunctions.Model;

namespace WebhookFunctions.Downloading;

/// <summary>Why an attempt at an asset failed. The names are stored on the row, so they stay as they are.</summary>
public enum FailureReason
{
    /// <inheritdoc cref="DeadLetterReason.InvalidLink"/>
    InvalidLink,

    /// <inheritdoc cref="DeadLetterReason.BlockedHost"/>
    BlockedHost,

    /// <inheritdoc cref="DeadLetterReason.BlockedAddress"/>
    BlockedAddress,

    /// <inheritdoc cref="DeadLetterReason.TooManyRedirects"/>
    TooManyRedirects,

    /// <inheritdoc cref="DeadLetterReason.Unauthorized"/>
    Unauthorized,

    /// <inheritdoc cref="DeadLetterReason.Forbidden"/>
    Forbidden,

    /// <inheritdoc cref="DeadLetterReason.NotFound"/>
    NotFound,

    /// <inheritdoc cref="DeadLetterReason.Gone"/>
    Gone,

    /// <inheritdoc cref="DeadLetterReason.NotReady"/>
    NotReady,

    /// <inheritdoc cref="DeadLetterReason.NoResult"/>
    NoResult,

    /// <inheritdoc cref="DeadLetterReason.Refused"/>
    Refused,

    /// <inheritdoc cref="DeadLetterReason.TooLarge"/>
    TooLarge,

    /// <inheritdoc cref="DeadLetterReason.WrongContent"/>
    WrongContent,

    /// <summary>No connection: the name is not known, nobody listens, TLS failed.</summary>
    Unreachable,

    /// <summary>No answer, or nothing more of it, in time.</summary>
    TimedOut,

    /// <summary>Below the least rate.</summary>
    TooSlow,

    /// <summary>408, 425, 429, or a file that is not ready yet.</summary>
    Busy,

    /// <summary>5xx.</summary>
    ServerError,

    /// <summary>The connection broke while the body came.</summary>
    Broken,

    /// <summary>The body ended before its declared end, or did not fit the declared length.</summary>
    Truncated,

    /// <summary>The bytes do not have the hash that the source declared for them.</summary>
    Corrupted,

    /// <summary>A body of no bytes.</summary>
    Empty,

    /// <summary>An answer that fits no request of ours, such as 206 without being asked for a range.</summary>
    UnexpectedAnswer,

    /// <summary>The provider is not configured at present.</summary>
    ProviderOff,
}

/// <summary>How long another attempt is worth making after a failure.</summary>
public enum FailurePatience
{
    /// <summary>Another attempt would fail alike.</summary>
    None,

    /// <summary>The link is refused: it has died, or its file is not released yet. A new link is asked for at once, where the provider's API gives one.</summary>
    NewLink,

    /// <summary>The file is not there. It may come within the first minutes; then a new link is asked for.</summary>
    FirstMinutes,

    /// <summary>It may pass at any time.</summary>
    AnyTime,
}

/// <summary>The table of what each <see cref="FailureReason"/> means. A new one does not compile until it is decided here.</summary>
public static class FailureReasonExtensions
{
    // CS8524: a number without a name throws. A name without an arm (CS8509) is an error, which is the purpose of this.
#pragma warning disable CS8524
    /// <summary>Returns how long another attempt is worth making, and the reason of the dead letter where none is any more.</summary>
    private static (FailurePatience Patience, DeadLetterReason End) Row(FailureReason reason) => reason switch
    {
        FailureReason.InvalidLink => (FailurePatience.None, DeadLetterReason.InvalidLink),
        FailureReason.BlockedHost => (FailurePatience.None, DeadLetterReason.BlockedHost),
        FailureReason.BlockedAddress => (FailurePatience.None, DeadLetterReason.BlockedAddress),
        FailureReason.TooManyRedirects => (FailurePatience.None, DeadLetterReason.TooManyRedirects),
        FailureReason.Unauthorized => (FailurePatience.NewLink, DeadLetterReason.Unauthorized),
        FailureReason.Forbidden => (FailurePatience.NewLink, DeadLetterReason.Forbidden),
        FailureReason.NotFound => (FailurePatience.FirstMinutes, DeadLetterReason.NotFound),
        FailureReason.Gone => (FailurePatience.NewLink, DeadLetterReason.Gone),
        FailureReason.NotReady => (FailurePatience.FirstMinutes, DeadLetterReason.NotReady),
        FailureReason.NoResult => (FailurePatience.FirstMinutes, DeadLetterReason.NoResult),
        FailureReason.Refused => (FailurePatience.None, DeadLetterReason.Refused),
        FailureReason.TooLarge => (FailurePatience.None, DeadLetterReason.TooLarge),
        FailureReason.WrongContent => (FailurePatience.None, DeadLetterReason.WrongContent),
        FailureReason.Unreachable => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
        FailureReason.TimedOut => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
        FailureReason.TooSlow => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
        FailureReason.Busy => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
        FailureReason.ServerError => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
        FailureReason.Broken => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
        FailureReason.Truncated => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
        FailureReason.Corrupted => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
        FailureReason.Empty => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
        FailureReason.UnexpectedAnswer => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
        FailureReason.ProviderOff => (FailurePatience.AnyTime, DeadLetterReason.GaveUp),
    };
#pragma warning restore CS8524

    /// <summary>Returns how long another attempt is worth making.</summary>
    public static FailurePatience Patience(this FailureReason reason) => Row(reason).Patience;

    /// <summary>Returns the reason of the dead letter once no attempt is made any more.</summary>
    public static DeadLetterReason AsDeadLetter(this FailureReason reason) => Row(reason).End;

    /// <summary>Whether another attempt would fail alike.</summary>
    public static bool IsPermanent(this FailureReason reason) => reason.Patience() == FailurePatience.None;
}
