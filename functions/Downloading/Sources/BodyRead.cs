namespace WebhookFunctions.Downloading.Sources;

/// <summary>What one read of a body brought: some bytes, its end, or a failure. A value, because there is one for every few kilobytes.</summary>
internal readonly record struct BodyRead
{
    private BodyRead(int count, DownloadFailure? failure) => (Count, Failure) = (count, failure);

    /// <summary>How many bytes were read; 0 at the end of the body, and after a failure.</summary>
    public int Count { get; }

    /// <summary>Why no more bytes come; null if none failed.</summary>
    public DownloadFailure? Failure { get; }

    /// <summary>Whether nothing more is to be read.</summary>
    public bool IsLast => Count == 0;

    /// <summary><paramref name="count"/> bytes were read.</summary>
    public static BodyRead Bytes(int count) => new(count, null);

    /// <summary>No more bytes come.</summary>
    public static BodyRead Failed(FailureReason reason, string description) => new(0, new DownloadFailure(reason, description));
}
