using WebhookFunctions.Downloading.Blobs;

namespace WebhookFunctions.Downloading;

/// <summary>The outcome of an attempt at an asset.</summary>
public abstract record DownloadResult
{
    private DownloadResult()
    {
    }

    /// <summary>The blob is committed, and its hash is known.</summary>
    public sealed record Stored(StoredBlob Blob) : DownloadResult;

    /// <summary>The download failed or is incomplete.</summary>
    /// <param name="Failure">The failure.</param>
    /// <param name="HasProgressed">Whether this attempt staged more of the asset than was staged before, so that the next one has less to do.</param>
    public sealed record Failed(DownloadFailure Failure, bool HasProgressed = false) : DownloadResult;

    /// <summary>The download was interrupted, because the time for one message is over or the host is stopping.</summary>
    /// <param name="CanBeResumed">Whether the bytes read so far are staged and the source can be asked for the rest.</param>
    public sealed record Interrupted(bool CanBeResumed) : DownloadResult;

    /// <summary>Another worker holds the lease now.</summary>
    public sealed record LeaseLost : DownloadResult;
}
