namespace WebhookFunctions.Downloading.Sources;

/// <summary>Result of one read of a body: some bytes, its end, or a failure. It is a value type, because there is one for every few
/// kilobytes.</summary>
internal readonly record struct BodyRead
{
    private BodyRead(int count, DownloadFailure? failure) => (Count, Failure) = (count, failure);

    /// <summary>The number of bytes read; 0 at the end of the body, and after a failure.</summary>
    public int Count { get; }

    /// <summary>The failure that ended the body; null if there was none.</summary>
    public DownloadFailure? Failure { get; }

    /// <summary>Whether the body has ended or failed.</summary>
    public bool IsLast => Count == 0;

    /// <summary>Returns the result for <paramref name="count"/> bytes; 0 for the end of the body.</summary>
    public static BodyRead Bytes(int count) => new(count, null);

    /// <summary>Returns the result for a failure.</summary>
    public static BodyRead Failed(FailureReason reason, string description) => new(0, new DownloadFailure(reason, description));
}
