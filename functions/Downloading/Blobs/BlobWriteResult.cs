namespace WebhookFunctions.Downloading.Blobs;

/// <summary>Result of writing a blob that must not exist, or must still have a certain ETag.</summary>
public enum BlobWriteResult
{
    /// <summary>The blob was written.</summary>
    Written,

    /// <summary>Another worker has written a blob of that name.</summary>
    AlreadyExists,

    /// <summary>The blob to be replaced has another ETag, or no longer exists.</summary>
    VersionChanged,

    /// <summary>The staged blocks no longer exist: another worker has committed, which discards them, or they have expired.</summary>
    BlocksGone,
}
