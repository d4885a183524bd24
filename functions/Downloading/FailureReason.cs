namespace WebhookFunctions.Downloading;

/// <summary>Why an attempt at an asset failed. The names are the dead letters' reasons, so they stay as they are.</summary>
public enum FailureReason
{
    /// <summary>The link is none, or of a kind that is not followed: not https, with user information, an unusual port.</summary>
    InvalidLink,

    /// <summary>The host is not on the list that binds here.</summary>
    BlockedHost,

    /// <summary>The host's name leads to an address that is not public.</summary>
    BlockedAddress,

    /// <summary>More redirects than are followed, or one that leads nowhere.</summary>
    TooManyRedirects,

    /// <summary>401.</summary>
    Unauthorized,

    /// <summary>403; signed links answer so when they have expired.</summary>
    Forbidden,

    /// <summary>404.</summary>
    NotFound,

    /// <summary>410.</summary>
    Gone,

    /// <summary>Any other 4xx.</summary>
    Refused,

    /// <summary>More bytes than <see cref="AssetOptions.MaxBytes"/>.</summary>
    TooLarge,

    /// <summary>A page or a text in place of media.</summary>
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

    /// <summary>An error of this app's own.</summary>
    InternalError,
}

/// <summary>Questions about a <see cref="FailureReason"/>.</summary>
public static class FailureReasonExtensions
{
    /// <summary>Whether another attempt would fail alike, so that none is made by itself.</summary>
    public static bool IsPermanent(this FailureReason reason) => reason <= FailureReason.WrongContent;
}
