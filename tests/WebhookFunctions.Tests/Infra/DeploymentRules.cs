using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml;
using FunctionsHost.Http;
using LocalHost.Hosting;
using LocalHost.ServiceBus;
using WebhookFunctions.Downloading;
using WebhookFunctions.Recording;
using WebhookFunctions.Messaging;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Receiving;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Tests.Infra;

/// <summary>
/// Rules that hold for all parameters, and that Bicep cannot enforce. Bicep's types contain names and enumerations, but not that a lock must last a
/// minute, or that a role is too powerful. A rule returns its violations.
/// </summary>
internal static partial class DeploymentRules
{
    public static IReadOnlyDictionary<string, Func<Deployment, IEnumerable<string>>> All { get; } =
        new Dictionary<string, Func<Deployment, IEnumerable<string>>>
        {
            ["queues have the properties that the app expects"] = QueueProperties,
            ["names equal those in the code"] = Names,
            ["the app follows the requirements of Flex Consumption"] = App,
            ["default limits equal those of the app"] = Bounds,
            ["every connection names the app's identity"] = Connections,
            ["no resource accepts a key or a password"] = Keys,
            ["every resource requires at least TLS 1.2"] = Tls,
            ["the app has exactly these roles"] = AppRoles,
            ["secrets are only in the vault"] = Secrets,
            ["roles are assigned before the app starts"] = Order,
            ["azd finds the resources by their tags"] = Tags,
        };

    private static IEnumerable<string> QueueProperties(Deployment deployment)
    {
        // The local host and the emulator use the same definitions, so tests with them are valid for Azure.
        foreach (var (queue, property, expected) in QueueDefinitions.All.SelectMany(queue => new (string, string, string?)[]
        {
            (queue.Name, "requiresDuplicateDetection", Json(queue.DuplicateDetectionWindow is not null)),
            (queue.Name, "duplicateDetectionHistoryTimeWindow", queue.DuplicateDetectionWindow is { } window ? XmlConvert.ToString(window) : null),
            (queue.Name, "lockDuration", XmlConvert.ToString(queue.LockDuration)),
            (queue.Name, "maxDeliveryCount", XmlConvert.ToString(queue.MaxDeliveryCount)),
            (queue.Name, "defaultMessageTimeToLive", XmlConvert.ToString(queue.DefaultTimeToLive)),
            (queue.Name, "deadLetteringOnMessageExpiration", Json(queue.DeadLetterOnExpiry)),
            (queue.Name, "maxSizeInMegabytes", XmlConvert.ToString(queue.MaxSizeInMegabytes)),
            (queue.Name, "requiresSession", "false"),
            (queue.Name, "enablePartitioning", deployment.Namespace["properties.premiumMessagingPartitions"] is null or "1" ? "false" : "true"),
            (queue.Name, "autoDeleteOnIdle", null),
            (queue.Name, "forwardTo", null),
            (queue.Name, "forwardDeadLetteredMessagesTo", null),
        }))
        {
            var actual = deployment.Queues.SingleOrDefault(resource => resource.Name == queue)?[$"properties.{property}"];
            if (actual != expected)
            {
                yield return $"{queue}: {property} is {actual ?? "absent"}, not {expected ?? "absent"}";
            }
        }
    }

    private static string Json(bool value) => value ? "true" : "false";

    private static IEnumerable<string> Names(Deployment deployment) =>
    [
        .. Difference("queues", deployment.Queues, Constants(typeof(QueueNames), except: nameof(QueueNames.Connection))),
        .. Difference("tables", deployment.Tables, Constants(typeof(StorageNames), ending: "Table")),
        .. Difference("containers", deployment.Containers, [.. Constants(typeof(StorageNames), ending: "Container"), "app-package"]),
    ];

    private static IEnumerable<string> App(Deployment deployment)
    {
        var app = deployment.App;
        var identity = ((JsonObject)app.Json["identity"]!["userAssignedIdentities"]!).Single().Key;
        var package = app["properties.functionAppConfig.deployment.storage.value"];
        return
        [
            .. Expect(deployment.Single("Microsoft.Web/serverfarms"), ("sku.name", "FC1"), ("sku.tier", "FlexConsumption")),
            .. Expect(
                app,
                ("kind", "functionapp,linux"),
                ("identity.type", "UserAssigned"),
                ("properties.keyVaultReferenceIdentity", identity),
                ("properties.functionAppConfig.runtime.name", "dotnet-isolated"),
                ("properties.functionAppConfig.runtime.version", "10.0"),
                ("properties.functionAppConfig.deployment.storage.type", "blobContainer"),
                ("properties.functionAppConfig.deployment.storage.authentication.type", "UserAssignedIdentity"),
                ("properties.functionAppConfig.deployment.storage.authentication.userAssignedIdentityResourceId", identity),
                ("properties.siteConfig.alwaysOn", null),
                ("properties.siteConfig.linuxFxVersion", null),
                ("properties.siteConfig.netFrameworkVersion", null)),
            .. Unless(
                package is not null && package.Contains(deployment.Storage.Name, StringComparison.Ordinal) && package.Contains("app-package", StringComparison.Ordinal),
                $"the package is taken from {package}"),
            .. Unless(app["properties.functionAppConfig.scaleAndConcurrency.instanceMemoryMB"] is "512" or "2048" or "4096", "no such memory size"),
            .. Unless(
                int.Parse(app["properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount"]!, null) is >= 1 and <= 1000,
                "no such number of instances"),
            .. deployment.Settings.Select(setting => setting.Key)
                .Where(name => NotOnFlex().IsMatch(name))
                .Select(name => $"{name} must not be set on Flex Consumption"),
            .. deployment.Settings.GroupBy(setting => setting.Key).Where(group => group.Count() > 1).Select(group => $"{group.Key} is set twice"),
            .. deployment.Settings.Where(setting => !SettingName().IsMatch(setting.Key)).Select(setting => $"{setting.Key}: no name for a setting on Linux"),
        ];
    }

    private static IEnumerable<string> Bounds(Deployment deployment)
    {
        var defaults = deployment.Template["parameters"]!;
        return
        [
            .. Unless((long)defaults["maxBodyBytes"]!["defaultValue"]! == new ReceiveOptions().MaxBodyBytes, "maxBodyBytes differs from the app's default"),
            .. Unless(
                deployment.Setting(HttpFront.BodySizeSetting) == HostLimits.BodyLimit(deployment.Settings.DistinctBy(setting => setting.Key).ToDictionary()),
                $"{HttpFront.BodySizeSetting} is not what goes with Receive__MaxBodyBytes"),
            .. Unless(deployment.Setting("AzureWebJobsDisableHomepage") == "true", "the host's home page is on"),
            .. Unless((int)defaults["maxDownloads"]!["defaultValue"]! == new AssetOptions().MaxDownloads, "maxDownloads differs from the app's default"),
            .. Unless((long)defaults["maxAssetBytes"]!["defaultValue"]! == new AssetOptions().MaxBytes, "maxAssetBytes differs from the app's default"),
            .. Unless(
                (bool)defaults["restrictToAllowedHosts"]!["defaultValue"]! == new AssetHostOptions().RestrictToAllowedHosts,
                "restrictToAllowedHosts differs from the app's default"),
            .. Unless((int)defaults["keepRowsDays"]!["defaultValue"]! == new RetentionOptions().KeepRowsDays, "keepRowsDays differs from the app's default"),
            .. Unless(
                defaults["keepRowsDays"]!["allowedValues"]!.AsArray().All(days => new RetentionOptions { KeepRowsDays = (int)days! }.IsValid),
                "keepRowsDays allows values that the app refuses"),
        ];
    }

    private static IEnumerable<string> Connections(Deployment deployment)
    {
        foreach (var (connection, address, expected) in new[]
        {
            (StorageNames.Connection, "accountName", deployment.Storage.Name),
            (QueueNames.Connection, "fullyQualifiedNamespace", $"{deployment.Namespace.Name}.servicebus.windows.net"),
        })
        {
            if (deployment.Setting($"{connection}__{address}") is var actual && actual != expected)
            {
                yield return $"{connection}__{address} is {actual ?? "absent"}, not {expected}";
            }
        }

        var connections = deployment.Settings.Select(setting => ConnectionAddress().Match(setting.Key)).Where(match => match.Success).Select(match => match.Groups[1].Value);
        foreach (var connection in connections)
        {
            if (deployment.Setting($"{connection}__credential") != "managedidentity")
            {
                yield return $"{connection}__credential is not managedidentity";
            }

            if (!IsClientId(deployment.Setting($"{connection}__clientId")))
            {
                yield return $"{connection}__clientId is not the client id of the app's identity";
            }
        }

        if (deployment.Setting("APPLICATIONINSIGHTS_AUTHENTICATION_STRING") is not { } telemetry || !telemetry.Contains("Authorization=AAD", StringComparison.Ordinal) || !IsClientId(telemetry))
        {
            yield return "APPLICATIONINSIGHTS_AUTHENTICATION_STRING does not name the app's identity";
        }
    }

    private static IEnumerable<string> Keys(Deployment deployment) =>
    [
        .. Expect(
            deployment.Storage,
            ("properties.allowSharedKeyAccess", "false"),
            ("properties.defaultToOAuthAuthentication", "true"),
            ("properties.allowBlobPublicAccess", "false"),
            ("properties.allowCrossTenantReplication", "false")),
        .. deployment.Containers.SelectMany(container => Expect(container, ("properties.publicAccess", "None"))),
        .. Expect(deployment.Namespace, ("properties.disableLocalAuth", "true")),
        .. deployment.OfType("Microsoft.EventGrid/topics").SelectMany(topic => Expect(topic, ("properties.disableLocalAuth", "true"))),
        .. Expect(deployment.Vault, ("properties.enableRbacAuthorization", "true"), ("properties.accessPolicies", null)),
        .. Expect(deployment.Single("Microsoft.Insights/components"), ("properties.DisableLocalAuth", "true")),
        .. Expect(deployment.Single("Microsoft.OperationalInsights/workspaces"), ("properties.features.disableLocalAuth", "true")),
        .. Expect(deployment.App, ("properties.siteConfig.ftpsState", "Disabled")),
        .. Difference(
            "channels with a password off",
            deployment.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies").Where(policy => policy["properties.allow"] == "false"),
            ["ftp", "scm"]),
        .. deployment.OfType("Microsoft.ServiceBus/namespaces/AuthorizationRules").Select(rule => $"{rule.Name}: an access key of Service Bus"),
    ];

    private static IEnumerable<string> Tls(Deployment deployment) =>
    [
        .. Expect(deployment.Storage, ("properties.minimumTlsVersion", "TLS1_2"), ("properties.supportsHttpsTrafficOnly", "true")),
        .. Expect(deployment.Namespace, ("properties.minimumTlsVersion", "1.2")),
        .. Expect(deployment.App, ("properties.httpsOnly", "true"), ("properties.siteConfig.minTlsVersion", "1.2")),
    ];

    private static IEnumerable<string> AppRoles(Deployment deployment)
    {
        var queues = deployment.Queues.Select(queue => queue.Id).ToList();
        var worked = deployment.Queues.Where(queue => QueueNames.Consumed.Contains(queue.Name)).Select(queue => queue.Id).ToList();
        string[] expected =
        [
            $"app: Storage Blob Data Contributor on {deployment.Storage.Id}",
            $"app: Storage Table Data Contributor on {deployment.Storage.Id}",
            .. queues.Select(queue => $"app: Azure Service Bus Data Sender on {queue}"),
            .. worked.Select(queue => $"app: Azure Service Bus Data Receiver on {queue}"),
            .. deployment.OfType("Microsoft.EventGrid/topics").Select(topic => $"app: EventGrid Data Sender on {topic.Id}"),
            $"app: Key Vault Secrets User on {deployment.Vault.Id}",
            $"app: Monitoring Metrics Publisher on {deployment.Single("Microsoft.Insights/components").Id}",
        ];

        // Only a parameter can make the app an owner, and a separate test checks it.
        string[] allowed = deployment.IsQueueOwnerAllowed ? [.. worked.Select(queue => $"app: Azure Service Bus Data Owner on {queue}")] : [];
        var actual = deployment.Roles.Where(grant => grant.Principal == "app").Select(grant => grant.ToString()).ToList();
        return
        [
            .. expected.Except(actual).Select(grant => $"missing: {grant}"),
            .. actual.Except(expected).Except(allowed).Select(grant => $"not needed: {grant}"),
            .. deployment.Roles.Where(grant => grant.Reason.Length == 0).Select(grant => $"no reason: {grant}"),
            .. deployment.All.Where(resource => resource.Type == "Microsoft.Authorization/roleDefinitions").Select(role => $"a role of its own: {role.Name}"),
        ];
    }

    private static IEnumerable<string> Secrets(Deployment deployment)
    {
        var parameters = (JsonObject)deployment.Template["parameters"]!;
        foreach (var (name, parameter) in parameters.Where(parameter => SecretName().IsMatch(parameter.Key)))
        {
            if ((string?)parameter!["type"] != "securestring")
            {
                yield return $"{name} is not a secure parameter";
            }
        }

        var variables = deployment.Template["resources"]!["app"]!["properties"]!["template"]!["variables"]!;
        if (!VaultReference().IsMatch((string)variables["inVault"]!))
        {
            yield return "references do not lead to the vault";
        }

        // A snapshot does not resolve a secure parameter, so it shows where the value is used.
        foreach (var (name, value) in deployment.Settings)
        {
            var reference = $"[if(empty(parameters('secrets').{name}), '', format('{{0}}{{1}})', variables('inVault'), variables('secretNames').{name}))]";
            if (SecretSettingName().IsMatch(name) && value != reference)
            {
                yield return $"{name} is a plain setting";
            }
            else if (!SecretSettingName().IsMatch(name) && value.Contains("secrets", StringComparison.Ordinal))
            {
                yield return $"{name} holds a secret";
            }
        }

        // Read from the template, because a snapshot resolves a parameter that was left empty.
        foreach (var (name, output) in (JsonObject)deployment.Template["outputs"]!)
        {
            if (RevealsSecret().IsMatch((string)output!["value"]!) || SecureParameters(parameters).Any(secure => ((string)output["value"]!).Contains(secure, StringComparison.Ordinal)))
            {
                yield return $"{name} is an output that holds a secret";
            }
        }

        var names = (JsonObject)variables["secretNames"]!;
        var referenced = deployment.Settings.Where(setting => SecretSettingName().IsMatch(setting.Key)).Select(setting => (string?)names[setting.Key] ?? setting.Key);
        foreach (var violation in Difference("the vault's secrets", deployment.OfType("Microsoft.KeyVault/vaults/secrets"), referenced))
        {
            yield return violation;
        }
    }

    private static IEnumerable<string> SecureParameters(JsonObject parameters) =>
        parameters.Where(parameter => ((string)parameter.Value!["type"]!).StartsWith("secure", StringComparison.Ordinal)).Select(parameter => $"parameters('{parameter.Key}')");

    private static IEnumerable<string> Order(Deployment deployment)
    {
        var app = deployment.Template["resources"]!["app"]!;
        return Unless(app["dependsOn"] is JsonArray before && before.Any(name => (string?)name == "roles"), "the app does not wait for its roles");
    }

    private static IEnumerable<string> Tags(Deployment deployment) =>
    [
        .. Expect(deployment.App, ("tags.azd-service-name", "api")),
        .. deployment.All.Where(resource => resource.Json["location"] is not null && resource.Json["tags"]?["azd-env-name"] is null)
            .Select(resource => $"{resource.Id} has no tag azd-env-name"),
    ];

    private static IEnumerable<string> Expect(Resource resource, params (string Path, string? Value)[] expected) =>
        from item in expected
        let actual = resource[item.Path]
        where actual != item.Value
        select $"{resource.Name}: {item.Path} is {actual ?? "absent"}, not {item.Value ?? "absent"}";

    private static IEnumerable<string> Unless(bool holds, string violation) => holds ? [] : [violation];

    private static IEnumerable<string> Difference(string what, IEnumerable<Resource> actual, IEnumerable<string> expected)
    {
        string[] has = [.. actual.Select(resource => resource.Name).Order()];
        string[] wants = [.. expected.Order()];
        return Unless(has.SequenceEqual(wants), $"{what} are {string.Join(", ", has)}, not {string.Join(", ", wants)}");
    }

    /// <summary>The values of a class's string constants.</summary>
    private static IEnumerable<string> Constants(Type type, string ending = "", string? except = null) =>
        type.GetFields().Where(field => field.IsLiteral && field.Name.EndsWith(ending, StringComparison.Ordinal) && field.Name != except)
            .Select(field => (string)field.GetRawConstantValue()!);

    private static bool IsClientId(string? value) => value is not null && ClientId().IsMatch(value);

    [GeneratedRegex("^(FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT.*|WEBSITE_TIME_ZONE|TZ|SCM_DO_BUILD_DURING_DEPLOYMENT|ENABLE_ORYX_BUILD|AzureWebJobsStorage|AzureWebJobsStorage__.*Uri)$")]
    private static partial Regex NotOnFlex();

    // .NET treats a colon like two underscores, but an environment variable on Linux cannot contain one.
    [GeneratedRegex("^[A-Za-z0-9_]+$")]
    private static partial Regex SettingName();

    [GeneratedRegex("^(.+)__(?:accountName|fullyQualifiedNamespace|.*Uri)$")]
    private static partial Regex ConnectionAddress();

    [GeneratedRegex(@"reference\('[^']*/userAssignedIdentities/id-api-[a-z0-9]+', '[0-9-]+'\)\.clientId")]
    private static partial Regex ClientId();

    [GeneratedRegex("Secret$|ApiKey$|Token$")]
    private static partial Regex SecretName();

    [GeneratedRegex("_(SECRET|Secret|API_KEY|TOKEN)$")]
    private static partial Regex SecretSettingName();

    // Ends with the secret's name, because a reference must have no version.
    [GeneratedRegex(@"^\[format\('@Microsoft\.KeyVault\(SecretUri=https://\{0\}\{1\}/secrets/', parameters\('keyVaultName'\), environment\(\)\.suffixes\.keyvaultDns\)\]$")]
    private static partial Regex VaultReference();

    [GeneratedRegex(@"list[A-Za-z]*\(|secret|InstrumentationKey|AccountKey|SharedAccess", RegexOptions.IgnoreCase)]
    private static partial Regex RevealsSecret();
}
