namespace WebhookFunctions.Outbound;

/// <summary>A request that was not made because of where it would have gone.</summary>
public sealed class BlockedDestinationException(BlockedReason reason, string message) : HttpRequestException(message)
{
    /// <summary>What forbids the request.</summary>
    public BlockedReason Reason { get; } = reason;
}
