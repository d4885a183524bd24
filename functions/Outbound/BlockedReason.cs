namespace WebhookFunctions.Outbound;

/// <summary>Reason why a destination is blocked.</summary>
public enum BlockedReason
{
    /// <summary>The link: not https, with user information, or with an unusual port.</summary>
    InvalidLink,

    /// <summary>The host name resolves to an address that is not public.</summary>
    BlockedAddress,
}
