using WebhookFunctions.Model;

namespace WebhookFunctions.Downloading;

/// <summary>The reason why an attempt at an asset failed. The names are stored on the row, so they must not change.</summary>
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

    /// <summary>No connection: the host name does not resolve, the connection was refused, or TLS failed.</summary>
    Unreachable,

    /// <summary>The source did not answer, or stopped sending, until the timeout.</summary>
    TimedOut,

    /// <summary>The transfer rate is below the minimum.</summary>
    TooSlow,

    /// <summary>408, 425 or 429, or a file that is not ready yet.</summary>
    Busy,

    /// <summary>5xx.</summary>
    ServerError,

    /// <summary>The connection was lost while the body was read.</summary>
    ConnectionLost,

    /// <summary>The body does not have its declared length, or ended early.</summary>
    Truncated,

    /// <summary>The bytes do not match the hash that the source declared.</summary>
    Corrupted,

    /// <summary>The body is empty.</summary>
    Empty,

    /// <summary>An answer that does not match the request, such as 206 when no range was requested.</summary>
    UnexpectedAnswer,

    /// <summary>The provider is not configured.</summary>
    ProviderOff,
}

/// <summary>Limit until which a failed download is retried.</summary>
public enum RetryLimit
{
    /// <summary>No retry: another attempt would fail for the same reason.</summary>
    None,

    /// <summary>The source refuses the link: it has expired, or its file is not released yet. If the provider's API can renew links, a new one is
    /// requested at once.</summary>
    NewLink,

    /// <summary>The file was not found. It is retried for the first minutes; then a new link is requested.</summary>
    FirstMinutes,

    /// <summary>Until the asset's deadline: the failure is transient.</summary>
    UntilDeadline,
}

/// <summary>The meaning of each <see cref="FailureReason"/>. A reason that is added does not compile until it is decided here.</summary>
public static class FailureReasonExtensions
{
    // CS8524 is off: a number without a name throws at run time. CS8509 stays an error: it reports a name without an arm.
#pragma warning disable CS8524
    /// <summary>Returns how long the failure is retried, and the reason of the dead letter after that.</summary>
    private static (RetryLimit RetryLimit, DeadLetterReason End) Row(FailureReason reason) => reason switch
    {
        FailureReason.InvalidLink => (RetryLimit.None, DeadLetterReason.InvalidLink),
        FailureReason.BlockedHost => (RetryLimit.None, DeadLetterReason.BlockedHost),
        FailureReason.BlockedAddress => (RetryLimit.None, DeadLetterReason.BlockedAddress),
        FailureReason.TooManyRedirects => (RetryLimit.None, DeadLetterReason.TooManyRedirects),
        FailureReason.Unauthorized => (RetryLimit.NewLink, DeadLetterReason.Unauthorized),
        FailureReason.Forbidden => (RetryLimit.NewLink, DeadLetterReason.Forbidden),
        FailureReason.NotFound => (RetryLimit.FirstMinutes, DeadLetterReason.NotFound),
        FailureReason.Gone => (RetryLimit.NewLink, DeadLetterReason.Gone),
        FailureReason.NotReady => (RetryLimit.FirstMinutes, DeadLetterReason.NotReady),
        FailureReason.NoResult => (RetryLimit.FirstMinutes, DeadLetterReason.NoResult),
        FailureReason.Refused => (RetryLimit.None, DeadLetterReason.Refused),
        FailureReason.TooLarge => (RetryLimit.None, DeadLetterReason.TooLarge),
        FailureReason.WrongContent => (RetryLimit.None, DeadLetterReason.WrongContent),
        FailureReason.Unreachable => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
        FailureReason.TimedOut => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
        FailureReason.TooSlow => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
        FailureReason.Busy => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
        FailureReason.ServerError => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
        FailureReason.ConnectionLost => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
        FailureReason.Truncated => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
        FailureReason.Corrupted => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
        FailureReason.Empty => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
        FailureReason.UnexpectedAnswer => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
        FailureReason.ProviderOff => (RetryLimit.UntilDeadline, DeadLetterReason.RetriesExhausted),
    };
#pragma warning restore CS8524

    /// <summary>Returns how long the failure is retried.</summary>
    public static RetryLimit AsRetryLimit(this FailureReason reason) => Row(reason).RetryLimit;

    /// <summary>Returns the reason of the dead letter once the retries have ended.</summary>
    public static DeadLetterReason AsDeadLetter(this FailureReason reason) => Row(reason).End;

    /// <summary>Returns whether another attempt would fail for the same reason.</summary>
    public static bool IsPermanent(this FailureReason reason) => reason.AsRetryLimit() == RetryLimit.None;
}
