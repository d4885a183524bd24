namespace WebhookFunctions.Outbound;

/// <summary>Settings <c>Assets__…</c> that concern every outgoing request.</summary>
public sealed class OutboundOptions
{
    /// <summary>The name is part of the settings' names.</summary>
    public const string Section = "Assets";

    /// <summary>
    /// Development only: lets links, the JWKS and the provider APIs be <c>http://127.0.0.1:…</c> in exactly that spelling.
    /// Refused unless <c>AZURE_FUNCTIONS_ENVIRONMENT=Development</c>. The default value is false.
    /// </summary>
    public bool AllowLoopback { get; set; }
}
