namespace WebhookFunctions.Model;

/// <summary>
/// Why work was abandoned for good: a dead letter's reason, and the <c>ErrorCode</c> of the row that ended so. The names are stored, so they stay as they are.
/// </summary>
/// <remarks>A person may move a message to the dead letters with a reason of their own, so a reason that is read is a text.</remarks>
public enum DeadLetterReason
{
    /// <summary>The link is malformed or of a kind that is not followed: not https, with user information, an unusual port.</summary>
    InvalidLink,

    /// <summary>The host is not on the list that applies.</summary>
    BlockedHost,

    /// <summary>The host's name resolves to an address that is not public.</summary>
    BlockedAddress,

    /// <summary>More redirects than are followed, or one without a destination.</summary>
    TooManyRedirects,

    /// <summary>The source answered 401.</summary>
    Unauthorized,

    /// <summary>The source answered 403; signed links do when they have expired.</summary>
    Forbidden,

    /// <summary>The source answered 404.</summary>
    NotFound,

    /// <summary>The source answered 410.</summary>
    Gone,

    /// <summary>The source kept saying that the file is not there yet: 409, 423, or a JSON that calls it under way.</summary>
    NotReady,

    /// <summary>The document of a success never named or held a result.</summary>
    NoResult,

    /// <summary>The source answered another 4xx.</summary>
    Refused,

    /// <summary>The asset is larger than <c>Assets__MaxBytes</c>.</summary>
    TooLarge,

    /// <summary>The source sent a page or a text instead of media.</summary>
    WrongContent,

    /// <summary>Transient failures continued for 24 hours.</summary>
    GaveUp,

    /// <summary>Storage was unavailable for 14 days.</summary>
    StorageAway,

    /// <summary>An error of this app.</summary>
    InternalError,

    /// <summary>The process ended each time that the message was worked on as the only suspect.</summary>
    CrashesWorker,

    /// <summary>The asset of the message has no row.</summary>
    UnknownAsset,

    /// <summary>The event's blob in container <c>raw-events</c> is missing, or holds another body than the one that was received.</summary>
    BodyMissing,

    /// <summary>The event's body is not a JSON object.</summary>
    MalformedBody,

    /// <summary>The message was not sent by this app.</summary>
    MalformedMessage,

    /// <summary>
    /// The provider's API does not confirm the event. It stands on the event's row alone, without a dead letter: strangers can send such events,
    /// and must not raise alerts.
    /// </summary>
    NotConfirmed,

    /// <summary>The broker dead-lettered the message at the queue's maximum delivery count. The name is Service Bus's.</summary>
    MaxDeliveryCountExceeded,

    /// <summary>The broker dead-lettered the message at the end of its time to live. The name is Service Bus's.</summary>
    TTLExpiredException,

    /// <summary>The message was moved to the dead letters by hand, without a reason.</summary>
    DeadLettered,
}
