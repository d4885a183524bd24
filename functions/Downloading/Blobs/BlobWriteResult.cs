namespace WebhookFunctions.Downloading.Blobs;

/// <summary>What came of writing a blob that must not exist, or must still have a certain version.</summary>
public enum BlobWriteResult
{
    /// <summary>The blob was written.</summary>
    Written,

    /// <summary>Another worker has written a blob of that name.</summary>
    AlreadyExists,

    /// <summary>The blob that was to be replaced has another version by now, or is gone.</summary>
    VersionChanged,

    /// <summary>The staged blocks are gone: another worker has committed, which discards them, or they had expired.</summary>
    BlocksGone,
}
