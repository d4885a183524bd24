namespace WebhookFunctions.Messaging;

/// <summary>Names of application properties on the messages of the queues.</summary>
public static class MessageProperties
{
    public const string Provider = "provider";

    /// <summary>The id space in which the webhook id identifies the event.</summary>
    public const string Space = "space";

    public const string WebhookId = "webhookId";

    /// <summary>
    /// The event's partition key. Present only if the webhook id contains U+FFFD, which may stand for a lone surrogate that no message property can
    /// carry. Otherwise the id determines it.
    /// </summary>
    public const string WebhookKey = "webhookKey";

    /// <summary>When the webhook was received: ISO 8601, UTC.</summary>
    public const string ReceivedAt = "receivedAt";

    public const string Coverage = "coverage";

    /// <summary>The SHA-256 of the body, in lower-case hex. A blob with another hash is never read as the body.</summary>
    public const string BodySha256 = "bodySha256";

    /// <summary>True if the request carried the provider's URL token. Absent otherwise.</summary>
    public const string Token = "token";

    /// <summary>True if the signing key is the same for all of the provider's customers. Absent otherwise.</summary>
    public const string SharedKey = "sharedKey";

    /// <summary>A digest of the token that signed the event, if one token can sign many; otherwise absent.</summary>
    public const string Credential = "credential";

    /// <summary>The blob in container <c>raw-events</c> that holds the body; absent if the message itself holds it.</summary>
    public const string ClaimCheck = "claimCheck";

    /// <summary>True if the event came from the provider's API and not from a webhook. Absent otherwise.</summary>
    public const string Recovered = "recovered";

    /// <summary>The number of attempts before this one (Int32); absent on the first.</summary>
    public const string Attempt = "attempt";

    /// <summary>When the first attempt failed, from which the deadline is counted: ISO 8601, UTC; absent on the first.</summary>
    public const string FirstAttemptAt = "firstAttemptAt";

    /// <summary>How often the event was scheduled again without an attempt (Int32); absent for 0.</summary>
    public const string Waits = "waits";

    /// <summary>How often the message was re-driven (Int32); absent for 0.</summary>
    public const string Redrives = "redrives";

    /// <summary>When the first of the re-driven dead letters was found: ISO 8601, UTC; absent if there was none.</summary>
    public const string RedrivenSince = "redrivenSince";

    /// <summary>The sequence number of the last re-driven dead letter (Int64); absent if there was none.</summary>
    public const string RedriveOf = "redriveOf";

    /// <summary>True if an operator refetches an event that had ended; absent otherwise.</summary>
    public const string Refetch = "refetch";

    /// <summary>The row of the asset: <c>asset:00000</c>.</summary>
    public const string Asset = "asset";

    /// <summary>The target of a notification.</summary>
    public const string Target = "target";
}
