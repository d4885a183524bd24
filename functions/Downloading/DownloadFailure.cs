namespace WebhookFunctions.Downloading;

/// <summary>A failed attempt.</summary>
/// <param name="Reason">The kind of failure.</param>
/// <param name="Description">What happened, as text for an operator, without any query string.</param>
/// <param name="RetryAfter">How long the source asked to wait before the next request; null if it did not.</param>
public sealed record DownloadFailure(FailureReason Reason, string Description, TimeSpan? RetryAfter = null)
{
    public bool IsPermanent => Reason.IsPermanent();

    public static DownloadFailure TooLarge(string what, long limit) => new(FailureReason.TooLarge, $"{what}, and the limit is {limit} bytes.");
}
