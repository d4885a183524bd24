namespace WebhookFunctions.Outbound;

/// <summary>Settings <c>Assets__…</c> that apply to every outgoing request.</summary>
public sealed class OutboundOptions
{
    /// <summary>The section, which is part of the settings' names.</summary>
    public const string Section = "Assets";

    /// <summary>
    /// For development only: allows links, the JWKS and the provider APIs to be <c>http://127.0.0.1:…</c> in exactly that spelling. Ignored unless
    /// <c>AZURE_FUNCTIONS_ENVIRONMENT=Development</c>. The default value is false.
    /// </summary>
    public bool AllowLoopback { get; set; }
}
