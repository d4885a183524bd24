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

/// <summary>The table of which <see cref="FailureReason"/> is permanent. A new one does not compile until it is decided here.</summary>
public static class FailureReasonExtensions
{
    // CS8524: a number without a name throws. A name without an arm (CS8509) is an error, which is the purpose of this.
#pragma warning disable CS8524
    /// <summary>Returns the reason of the dead letter if another attempt would fail alike, or null if the failure is transient.</summary>
    public static DeadLetterReason? AsDeadLetter(this FailureReason reason) => reason switch
    {
        FailureReason.InvalidLink => DeadLetterReason.InvalidLink,
        FailureReason.BlockedHost => DeadLetterReason.BlockedHost,
        FailureReason.BlockedAddress => DeadLetterReason.BlockedAddress,
        FailureReason.TooManyRedirects => DeadLetterReason.TooManyRedirects,
        FailureReason.Unauthorized => DeadLetterReason.Unauthorized,
        FailureReason.Forbidden => DeadLetterReason.Forbidden,
        FailureReason.NotFound => DeadLetterReason.NotFound,
        FailureReason.Gone => DeadLetterReason.Gone,
        FailureReason.Refused => DeadLetterReason.Refused,
        FailureReason.TooLarge => DeadLetterReason.TooLarge,
        FailureReason.WrongContent => DeadLetterReason.WrongContent,
        FailureReason.Unreachable => null,
        FailureReason.TimedOut => null,
        FailureReason.TooSlow => null,
        FailureReason.Busy => null,
        FailureReason.ServerError => null,
        FailureReason.Broken => null,
        FailureReason.Truncated => null,
        FailureReason.Corrupted => null,
        FailureReason.Empty => null,
        FailureReason.UnexpectedAnswer => null,
        FailureReason.ProviderOff => null,
    };
#pragma warning restore CS8524

    /// <summary>Whether another attempt would fail alike.</summary>
    public static bool IsPermanent(this FailureReason reason) => reason.AsDeadLetter() is not null;
}
