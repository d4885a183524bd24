namespace WebhookFunctions.Downloading;

/// <summary>A failed attempt.</summary>
/// <param name="Reason">Of what kind.</param>
/// <param name="Description">What happened, in words for a person, without any query string.</param>
/// <param name="RetryAfter">How long the source asked to be left alone; null where it did not.</param>
public sealed record DownloadFailure(FailureReason Reason, string Description, TimeSpan? RetryAfter = null)
{
    public bool IsPermanent => Reason.IsPermanent();

    public static DownloadFailure TooLarge(string what, long limit) => new(FailureReason.TooLarge, $"{what}, and the limit is {limit} bytes.");
}
