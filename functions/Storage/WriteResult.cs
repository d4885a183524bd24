namespace WebhookFunctions.Storage;

/// <summary>Result of a conditional write. After a conflict nothing was written, and the caller reads the row again.</summary>
public enum WriteResult
{
    /// <summary>The rows were written.</summary>
    Written,

    /// <summary>A row with that key already exists (409).</summary>
    AlreadyExists,

    /// <summary>The row was changed since it was read (412), or was deleted (404).</summary>
    Changed,
}
