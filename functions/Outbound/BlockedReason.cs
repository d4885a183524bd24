namespace WebhookFunctions.Outbound;

/// <summary>Why a destination is refused.</summary>
public enum BlockedReason
{
    /// <summary>The link's text: not https, with user information, an unusual port.</summary>
    InvalidLink,

    /// <summary>The host's name leads to an address that is not public.</summary>
    BlockedAddress,
}
