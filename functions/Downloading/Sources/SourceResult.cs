namespace WebhookFunctions.Downloading.Sources;

/// <summary>Result of requesting an asset from a source.</summary>
public abstract record SourceResult
{
    private SourceResult()
    {
    }

    /// <summary>The source sends the asset, or the rest of it.</summary>
    public sealed record Answered(SourceAnswer Answer) : SourceResult;

    /// <summary>The source does not send the asset, or was not asked.</summary>
    public sealed record Failed(DownloadFailure Failure) : SourceResult
    {
        /// <summary>Creates the failure from a reason and a description.</summary>
        public Failed(FailureReason reason, string description, TimeSpan? retryAfter = null)
            : this(new DownloadFailure(reason, description, retryAfter))
        {
        }
    }
}
