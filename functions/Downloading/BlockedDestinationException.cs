namespace WebhookFunctions.Downloading;

/// <summary>A request that was not made because of where it would have gone.</summary>
public sealed class BlockedDestinationException(FailureReason reason, string message) : HttpRequestException(message)
{
    /// <summary><see cref="FailureReason.InvalidLink"/> or <see cref="FailureReason.BlockedAddress"/>.</summary>
    public FailureReason Reason { get; } = reason;
}
