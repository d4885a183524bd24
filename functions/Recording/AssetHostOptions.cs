namespace WebhookFunctions.Recording;

/// <summary>Settings <c>Assets__…</c> that limit the hosts from which assets are fetched.</summary>
public sealed class AssetHostOptions
{
    /// <summary>The section, which is part of the settings' names.</summary>
    public const string Section = "Assets";

    private static readonly char[] Separators = [',', ';', ' ', '\t', '\r', '\n'];

    /// <summary>
    /// Hosts that are added to each provider's own list, separated by commas, semicolons or white space. Each is an exact name, or
    /// <c>*.example.com</c> for any name below it; any port is allowed. The default value is empty. An unconfirmed asset's link may begin there,
    /// unless anybody can rent space on the host.
    /// </summary>
    public string AllowedHosts { get; set; } = "";

    /// <summary>
    /// Whether the host list also applies to proven links. The default value is false, because a proven link is the provider's own.
    /// </summary>
    public bool RestrictToAllowedHosts { get; set; }

    /// <summary>The entries of <see cref="AllowedHosts"/>.</summary>
    public IReadOnlyList<string> AllowedHostList => AllowedHosts.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
}
