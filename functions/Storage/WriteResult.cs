namespace WebhookFunctions.Storage;

/// <summary>What came of a conditional write. The loser of a race reads the row again; nothing was written.</summary>
public enum WriteResult
{
    /// <summary>The rows were written.</summary>
    Written,

    /// <summary>A row of that key exists already (409).</summary>
    AlreadyExists,

    /// <summary>The row was changed since it was read (412), or is gone (404).</summary>
    Changed,
}
