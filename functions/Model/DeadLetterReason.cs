namespace WebhookFunctions.Model;

/// <summary>
/// Reason why work was abandoned for good: a dead letter's reason, and the <c>ErrorCode</c> of the row. The names are stored, so they must not
/// change.
/// </summary>
/// <remarks>A person may dead-letter a message with any reason, so a reason that is read from a message is a string.</remarks>
public enum DeadLetterReason
{
    /// <summary>The link is malformed or not allowed: not https, with user information, or with an unusual port.</summary>
    InvalidLink,

    /// <summary>The host is not on the applicable host list.</summary>
    BlockedHost,

    /// <summary>The host name resolves to an address that is not public.</summary>
    BlockedAddress,

    /// <summary>More redirects than are followed, or a redirect without a destination.</summary>
    TooManyRedirects,

    /// <summary>The source answered 401.</summary>
    Unauthorized,

    /// <summary>The source answered 403, as it does for an expired signed link.</summary>
    Forbidden,

    /// <summary>The source answered 404.</summary>
    NotFound,

    /// <summary>The source answered 410.</summary>
    Gone,

    /// <summary>The source kept answering that the file is not ready: 409, 423, or JSON that reports progress.</summary>
    NotReady,

    /// <summary>A document that reports a success never contained a result.</summary>
    NoResult,

    /// <summary>The source answered another 4xx.</summary>
    Refused,

    /// <summary>The asset is larger than <c>Assets__MaxBytes</c>.</summary>
    TooLarge,

    /// <summary>The source sent a page or a text instead of media.</summary>
    WrongContent,

    /// <summary>Attempts failed for 24 hours, with transient failures.</summary>
    RetriesExhausted,

    /// <summary>Storage was unavailable for 14 days.</summary>
    StorageUnavailable,

    /// <summary>A defect of the app.</summary>
    InternalError,

    /// <summary>The process ended each time that this message ran as the only suspect.</summary>
    CrashesWorker,

    /// <summary>The asset of the message has no row.</summary>
    UnknownAsset,

    /// <summary>
    /// The asset's message no longer exists, and its link cannot be read from the event again. This is only on the asset's row, without a dead
    /// letter.
    /// </summary>
    LinkLost,

    /// <summary>The event's blob in container <c>raw-events</c> does not exist, or holds another body than the one received.</summary>
    BodyMissing,

    /// <summary>The event's body is not a JSON object.</summary>
    MalformedBody,

    /// <summary>The app did not send the message.</summary>
    MalformedMessage,

    /// <summary>
    /// The provider's API does not confirm the event. This is only on the event's row, without a dead letter: strangers can send such events, and
    /// must not be able to raise alerts.
    /// </summary>
    NotConfirmed,

    /// <summary>The broker dead-lettered the message at the queue's maximum delivery count. The name is Service Bus's.</summary>
    MaxDeliveryCountExceeded,

    /// <summary>The broker dead-lettered the message at the end of its time to live. The name is Service Bus's.</summary>
    TTLExpiredException,

    /// <summary>A person dead-lettered the message without a reason.</summary>
    DeadLettered,
}
