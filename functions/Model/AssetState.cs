namespace WebhookFunctions.Model;

/// <summary>How far an asset is.</summary>
public enum AssetState
{
    /// <summary>Not begun.</summary>
    Pending,

    /// <summary>A worker has the lease on it.</summary>
    Downloading,

    /// <summary>An attempt failed; the next one is scheduled.</summary>
    Retrying,

    /// <summary>Final: the blob is there, whole.</summary>
    Stored,

    /// <summary>Final unless replayed.</summary>
    Failed,

    /// <summary>Final: kept elsewhere, or not fetched for a reason that the row gives.</summary>
    Recorded,
}
