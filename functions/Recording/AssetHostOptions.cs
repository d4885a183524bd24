using System.ComponentModel.DataAnnotations;

namespace WebhookFunctions.Recording;

/// <summary>Settings <c>Assets__…</c> that limit the hosts from which assets are fetched.</summary>
public sealed class AssetHostOptions : IValidatableObject
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

    /// <summary>Returns an error for each entry that is not a host, and would never match one.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (i, host) in AllowedHostList.Index())
        {
            if (Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) == UriHostNameType.Unknown)
            {
                // Not the entry itself, which may be a link with a token.
                yield return new ValidationResult(
                    $"Entry {i + 1} of Assets__{nameof(AllowedHosts)} is not a host, such as cdn.example.com, or *.example.com for any name below it.",
                    [nameof(AllowedHosts)]);
            }
        }
    }
}
