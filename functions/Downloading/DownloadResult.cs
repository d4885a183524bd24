using WebhookFunctions.Downloading.Blobs;

namespace WebhookFunctions.Downloading;

/// <summary>How an attempt at an asset ended.</summary>
public abstract record DownloadResult
{
    private DownloadResult()
    {
    }

    /// <summary>The blob is there, whole and hashed.</summary>
    public sealed record Stored(StoredBlob Blob) : DownloadResult;

    /// <summary>The download failed or is incomplete.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="Advanced">Whether more of it is staged than before, so that the next attempt has less to do.</param>
    public sealed record Failed(DownloadFailure Failure, bool Advanced = false) : DownloadResult;

    /// <summary>The time for one message is over, or the host is stopping.</summary>
    /// <param name="CanBeResumed">Whether what came is staged and the rest can be asked for.</param>
    public sealed record Interrupted(bool CanBeResumed) : DownloadResult;

    /// <summary>Another worker holds the lease.</summary>
    public sealed record LeaseLost : DownloadResult;
}
