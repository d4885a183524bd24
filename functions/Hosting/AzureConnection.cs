using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;

namespace WebhookFunctions.Hosting;

/// <summary>
/// Connection settings as the Functions host reads them: a connection string in <c>NAME</c>, or an address in <c>NAME__…</c> with an identity.
/// </summary>
/// <remarks>If both are set, the identity is used: Flex Consumption adds a connection string for a storage account that accepts none.</remarks>
public sealed class AzureConnection(IConfiguration configuration, string name)
{
    private readonly IConfigurationSection _section = configuration.GetSection(name);

    /// <summary>The connection string; null if there is none.</summary>
    public string? ConnectionString => NotBlank(_section.Value);

    /// <summary>Setting <c>NAME__{key}</c>; null if it is missing or blank.</summary>
    public string? this[string key] => NotBlank(_section[key]);

    /// <summary>
    /// Returns the identity: with <c>NAME__credential=managedidentity</c> the app's own (<c>NAME__clientId</c> selects it), otherwise the signed-in
    /// developer's.
    /// </summary>
    public TokenCredential Credential() =>
        string.Equals(this["credential"], "managedidentity", StringComparison.OrdinalIgnoreCase)
            ? new ManagedIdentityCredential(
                this["clientId"] is { } clientId ? ManagedIdentityId.FromUserAssignedClientId(clientId) : ManagedIdentityId.SystemAssigned)
            : new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = this["clientId"] });

    /// <summary>Returns the error that names the missing settings.</summary>
    public InvalidOperationException Missing(string address) =>
        new($"Neither {name} (a connection string) nor {name}__{address} is set.");

    private static string? NotBlank(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
