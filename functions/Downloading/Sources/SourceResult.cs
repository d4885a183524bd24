namespace WebhookFunctions.Downloading.Sources;

/// <summary>What came of asking a source for an asset.</summary>
public abstract record SourceResult
{
    private SourceResult()
    {
    }

    /// <summary>The source sends the asset, or the rest of it.</summary>
    public sealed record Answered(SourceAnswer Answer) : SourceResult;

    /// <summary>The source does not send it, or was not asked.</summary>
    public sealed record Failed(DownloadFailure Failure) : SourceResult
    {
        /// <summary>The failure with that reason and description.</summary>
        public Failed(FailureReason reason, string description, TimeSpan? retryAfter = null)
            : this(new DownloadFailure(reason, description, retryAfter))
        {
        }
    }
}
