namespace WebhookFunctions.Outbound;

/// <summary>Error for a request that was not made because its destination is blocked.</summary>
public sealed class BlockedDestinationException(BlockedReason reason, string message) : HttpRequestException(message)
{
    /// <summary>The reason why the destination is blocked.</summary>
    public BlockedReason Reason { get; } = reason;
}
