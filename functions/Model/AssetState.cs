namespace WebhookFunctions.Model;

/// <summary>State of an asset.</summary>
public enum AssetState
{
    /// <summary>No attempt has begun.</summary>
    Pending,

    /// <summary>A worker holds its lease.</summary>
    Downloading,

    /// <summary>An attempt failed; the next one is scheduled.</summary>
    Retrying,

    /// <summary>Final: the blob is complete.</summary>
    Stored,

    /// <summary>Final unless replayed.</summary>
    Failed,

    /// <summary>Final: kept elsewhere, or not fetched for the reason on the row.</summary>
    Recorded,
}
