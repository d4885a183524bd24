namespace WebhookFunctions.Messaging;

/// <summary>Names of application properties on the messages of both queues.</summary>
public static class MessageProperties
{
    public const string Provider = "provider";

    /// <summary>The id space in which the webhook id identifies the event.</summary>
    public const string Space = "space";

    public const string WebhookId = "webhookId";

    /// <summary>
    /// The event's partition, where the webhook id shows U+FFFD: that may stand for a lone surrogate, which no message property can carry.
    /// Absent otherwise: the id tells it.
    /// </summary>
    public const string WebhookKey = "webhookKey";

    /// <summary>When the webhook was received: ISO 8601, UTC.</summary>
    public const string ReceivedAt = "receivedAt";

    public const string Coverage = "coverage";

    /// <summary>The SHA-256 of the body, in lower-case hex. A blob with another one is never read as the body.</summary>
    public const string BodySha256 = "bodySha256";

    /// <summary>True where the request carried the provider's URL token. Absent otherwise.</summary>
    public const string Token = "token";

    /// <summary>True where the signing key is the same for all of the provider's customers. Absent otherwise.</summary>
    public const string SharedKey = "sharedKey";

    /// <summary>A digest of the token that signed the event, where one token can sign many; absent otherwise.</summary>
    public const string Credential = "credential";

    /// <summary>The blob in container <c>raw-events</c> that holds the body; absent where the message itself does.</summary>
    public const string ClaimCheck = "claimCheck";

    /// <summary>True where nobody sent the event: the provider's API was asked for its job. Absent otherwise.</summary>
    public const string Recovered = "recovered";

    /// <summary>How many attempts came before this one (Int32); absent on the first.</summary>
    public const string Attempt = "attempt";

    /// <summary>When the first attempt failed, from which the deadline is counted: ISO 8601, UTC; absent on the first.</summary>
    public const string FirstAttemptAt = "firstAttemptAt";

    /// <summary>How often the event was put back without an attempt (Int32); absent where it was not.</summary>
    public const string Waits = "waits";

    /// <summary>How often the message was sent again after the broker had dead-lettered it (Int32); absent where it was not.</summary>
    public const string Redrives = "redrives";

    /// <summary>When the first of those dead letters was found: ISO 8601, UTC; absent where there was none.</summary>
    public const string RedrivenSince = "redrivenSince";

    /// <summary>The sequence number of the last of those dead letters (Int64); absent where there was none.</summary>
    public const string RedriveOf = "redriveOf";

    /// <summary>True where an operator asked for an event that had ended; absent otherwise.</summary>
    public const string Refetch = "refetch";

    /// <summary>The row of the asset: <c>asset:00000</c>.</summary>
    public const string Asset = "asset";
}
