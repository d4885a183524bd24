using System.ComponentModel.DataAnnotations;

namespace WebhookFunctions.Downloading;

/// <summary>Settings <c>Assets__…</c>: what may be downloaded and from where.</summary>
public sealed class AssetOptions
{
    public const string Section = "Assets";

    /// <summary>
    /// The largest asset, in bytes. The default value is 5 GiB: several times the longest video that the providers make today.
    /// Block blobs hold 50,000 blocks.
    /// </summary>
    [Range(1, 190L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; set; } = 5L * 1024 * 1024 * 1024;

    /// <summary>Hosts, separated by commas, semicolons or white space, that are added to each provider's own list; any port. The default is none.</summary>
    public string AllowedHosts { get; set; } = "";

    /// <summary>
    /// Makes the host list binding also where the signature covers the body. The default value is false: there, the link is the provider's own word.
    /// </summary>
    public bool RestrictToAllowedHosts { get; set; }

    /// <summary>
    /// Development only: lets links, the JWKS and the provider APIs be <c>http://127.0.0.1:…</c> in exactly that spelling.
    /// Refused unless <c>AZURE_FUNCTIONS_ENVIRONMENT=Development</c>. The default value is false.
    /// </summary>
    public bool AllowLoopback { get; set; }
}
