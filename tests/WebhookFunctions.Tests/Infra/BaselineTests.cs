namespace WebhookFunctions.Tests.Infra;

/// <summary>
/// Tests of the rules of PSRule's baseline for Azure (https://azure.github.io/PSRule.Rules.Azure) that apply to these resources, with their names there.
/// The module itself runs only in PowerShell. Each exception from a rule has a reason here.
/// </summary>
[Collection(nameof(Templates))]
public sealed class BaselineTests(Templates templates)
{
    private static readonly Dictionary<string, Func<Deployment, bool>> Rules = new()
    {
        ["Azure.Storage.SecureTransfer"] = deployment => deployment.Storage["properties.supportsHttpsTrafficOnly"] == "true",
        ["Azure.Storage.MinTLS"] = deployment => deployment.Storage["properties.minimumTlsVersion"] == "TLS1_2",
        ["Azure.Storage.BlobPublicAccess"] = deployment => deployment.Storage["properties.allowBlobPublicAccess"] == "false",
        ["Azure.Storage.BlobAccessType"] = deployment => deployment.Containers.All(container => container["properties.publicAccess"] == "None"),
        ["Azure.Storage.SoftDelete"] = deployment => Blobs(deployment)["properties.deleteRetentionPolicy.enabled"] == "true",
        ["Azure.Storage.ContainerSoftDelete"] = deployment => Blobs(deployment)["properties.containerDeleteRetentionPolicy.enabled"] == "true",
        ["Azure.Storage.UseReplication"] = deployment => deployment.Storage["sku.name"] != "Standard_LRS",
        ["Azure.Storage.Firewall"] = deployment => deployment.Storage["properties.networkAcls.defaultAction"] == "Deny",
        ["Azure.KeyVault.SoftDelete"] = deployment => deployment.Vault["properties.enableSoftDelete"] == "true",
        ["Azure.KeyVault.PurgeProtect"] = deployment => deployment.Vault["properties.enablePurgeProtection"] == "true",
        ["Azure.KeyVault.RBAC"] = deployment => deployment.Vault["properties.enableRbacAuthorization"] == "true",
        ["Azure.KeyVault.Firewall"] = deployment => deployment.Vault["properties.networkAcls.defaultAction"] == "Deny",
        ["Azure.KeyVault.SecretContentType"] = deployment => deployment.OfType("Microsoft.KeyVault/vaults/secrets").All(secret => secret["properties.contentType"] is not null),
        ["Azure.ServiceBus.MinTLS"] = deployment => deployment.Namespace["properties.minimumTlsVersion"] == "1.2",
        ["Azure.ServiceBus.DisableLocalAuth"] = deployment => deployment.Namespace["properties.disableLocalAuth"] == "true",
        ["Azure.AppService.ManagedIdentity"] = deployment => deployment.App["identity.type"] == "UserAssigned",
        ["Azure.AppService.UseHTTPS"] = deployment => deployment.App["properties.httpsOnly"] == "true",
        ["Azure.AppService.MinTLS"] = deployment => deployment.App["properties.siteConfig.minTlsVersion"] == "1.2",
        ["Azure.AppService.RemoteDebug"] = deployment => deployment.App["properties.siteConfig.remoteDebuggingEnabled"] is null or "false",
        ["Azure.AppService.AvailabilityZone"] = deployment => deployment.Single("Microsoft.Web/serverfarms")["properties.zoneRedundant"] == "true",
        ["Azure.AppInsights.Workspace"] = deployment => deployment.Single("Microsoft.Insights/components")["properties.WorkspaceResourceId"] is not null,
        ["Azure.AppInsights.LocalAuth"] = deployment => deployment.Single("Microsoft.Insights/components")["properties.DisableLocalAuth"] == "true",
        ["Azure.Resource.UseTags"] = deployment => deployment.All.Where(resource => resource.Json["location"] is not null).All(resource => resource.Json["tags"] is not null),
        ["Azure.PublicIP.StandardSKU"] = deployment => deployment.OfType("Microsoft.Network/publicIPAddresses").All(address => address["sku.name"] == "Standard"),
    };

    /// <summary>Exceptions from rules, with their reasons.</summary>
    private static readonly Dictionary<(string Rule, string Deployment), string> Exceptions = new()
    {
        [("Azure.Storage.UseReplication", "minimal")] = "Three copies in one building are the cheapest; STORAGE_SKU and ZONE_REDUNDANT are one setting each.",
        [("Azure.AppService.AvailabilityZone", "minimal")] = "Warm instances in two zones cost money on an idle app; ZONE_REDUNDANT turns it on.",
        [("Azure.Storage.Firewall", "minimal")] = "Private endpoints of Service Bus exist on Premium only; PRIVATE_NETWORK turns it on. A token is required in either case.",
        [("Azure.KeyVault.Firewall", "minimal")] = "As for storage.",
        [("Azure.KeyVault.PurgeProtect", "minimal")] = PurgeReason,
        [("Azure.KeyVault.PurgeProtect", "everything")] = PurgeReason,
        [("Azure.KeyVault.PurgeProtect", "private")] = PurgeReason,
    };

    private const string PurgeReason = "The vault holds only copies of secrets that the providers have too, and a vault that cannot be purged blocks its name for the next azd up.";

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var rule in Rules.Keys)
        {
            foreach (var deployment in new[] { "minimal", "everything", "private" })
            {
                cases.Add(rule, deployment);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_deployment_follows_the_rule_or_has_a_reason_for_an_exception(string rule, string name)
    {
        BicepCli.SkipUnlessAvailable();
        var reason = Exceptions.GetValueOrDefault((rule, name));

        Assert.True(Rules[rule](templates.Named(name)) == (reason is null), reason is null ? $"{name} breaks {rule}" : $"{name} follows {rule}, so the exception must be removed");
    }

    private static Resource Blobs(Deployment deployment) => deployment.Single("Microsoft.Storage/storageAccounts/blobServices");
}
