namespace WebhookFunctions.Tests.Infra;

/// <summary>Faulty change of the templates, with the violation that a rule must report.</summary>
/// <param name="Name">A description of the change.</param>
/// <param name="File">The file, below <c>infra/</c>.</param>
/// <param name="Old">The text to replace.</param>
/// <param name="New">Its replacement.</param>
/// <param name="Violation">The violation, or its start.</param>
internal sealed record Mutation(string Name, string File, string Old, string New, string Violation);

/// <summary>Mutations that Bicep itself accepts. One copy has all of them, so no two may change the same text.</summary>
internal static class Mutations
{
    private const string App = "modules/function-app.bicep";
    private const string Main = "main.bicep";
    private const string Roles = "modules/roles.bicep";
    private const string ServiceBus = "modules/service-bus.bicep";
    private const string Shared = "modules/shared.bicep";
    private const string Storage = "modules/storage.bicep";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("no duplicate detection", ServiceBus, "requiresDuplicateDetection: true", "requiresDuplicateDetection: 1 == 2", "webhook-events: requiresDuplicateDetection is false, not true"),
        new("a window of ten minutes", ServiceBus, "'P7D'", "'PT10M'", "webhook-events: duplicateDetectionHistoryTimeWindow is PT10M, not P7D"),
        new("duplicate detection for downloads", ServiceBus, "requiresDuplicateDetection: false", "requiresDuplicateDetection: true", "asset-downloads: requiresDuplicateDetection is true, not false"),
        new("a lock of ten minutes, which Service Bus does not support", ServiceBus, "lockDuration: 'PT1M'", "lockDuration: 'PT10M'", "asset-downloads: lockDuration is PT10M, not PT1M"),
        new("one delivery", ServiceBus, "maxDeliveryCount: 2000", "maxDeliveryCount: 1", "webhook-events: maxDeliveryCount is 1, not 2000"),
        new("messages that live for a day", ServiceBus, "'P14D'", "'P1D'", "webhook-events: defaultMessageTimeToLive is P1D, not P14D"),
        new("expired messages are dropped", ServiceBus, "deadLetteringOnMessageExpiration: true", "deadLetteringOnMessageExpiration: false", "webhook-events: deadLetteringOnMessageExpiration is false, not true"),
        new("an unsupported size", ServiceBus, "maxSizeInMegabytes: 5120", "maxSizeInMegabytes: 7", "webhook-events: maxSizeInMegabytes is 7, not 5120"),
        new("access keys for Service Bus", ServiceBus, "disableLocalAuth: true", "disableLocalAuth: false", "{namespace}: properties.disableLocalAuth is false, not true"),
        new("TLS 1.0 for Service Bus", ServiceBus, "minimumTlsVersion: '1.2'", "minimumTlsVersion: '1.0'", "{namespace}: properties.minimumTlsVersion is 1.0, not 1.2"),
        new("TLS 1.0 for storage", Storage, "'TLS1_2'", "'TLS1_0'", "{storage}: properties.minimumTlsVersion is TLS1_0, not TLS1_2"),
        new("shared keys", Storage, "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "{storage}: properties.allowSharedKeyAccess is true, not false"),
        new("public blobs", Storage, "allowBlobPublicAccess: false", "allowBlobPublicAccess: true", "{storage}: properties.allowBlobPublicAccess is true, not false"),
        new("a container open to the world", Storage, "publicAccess: 'None'", "publicAccess: 'Blob'", "assets: properties.publicAccess is Blob, not None"),
        new("another table", Shared, "'GenerationJobs'", "'GenerationJob'", "tables are "),
        new("an additional queue", ServiceBus, "  resource downloads 'queues'", "  resource more 'queues' = {\n    name: 'more'\n  }\n\n  resource downloads 'queues'", "queues are asset-downloads, job-notifications, job-results, more, webhook-events"),
        new("another container", Shared, "'raw-events'", "'rawevents'", "containers are "),
        new("an owner of the queues", Roles, "queueReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'", "queueReceiver: '090c5cfd-751d-490a-894a-3ce6f1109419'", "not needed: app: Azure Service Bus Data Owner on "),
        new("an owner of everything", Roles, "secretsUser: '4633458b-17de-408a-b874-0445c86b69e6'", "secretsUser: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'", "not needed: app: 8e3af657-a8ff-443c-a75c-2fe8c4bcb635 on "),
        new("a role on the whole namespace", Roles, "scope: namespace::downloads", "scope: namespace", "missing: app: Azure Service Bus Data Sender on "),
        new("a role without a reason", Roles, "description: 'Sends telemetry. Local authentication is disabled.'", "description: ''", "no reason: app: Monitoring Metrics Publisher on "),
        new("references without an identity that resolves them", App, "    keyVaultReferenceIdentity: identity.id\n", "", "{app}: properties.keyVaultReferenceIdentity is absent, not "),
        new("another runtime", App, "name: 'dotnet-isolated'", "name: 'dotnet'", "{app}: properties.functionAppConfig.runtime.name is dotnet, not dotnet-isolated"),
        new("another version of the runtime", App, "version: '10.0'", "version: '8.0'", "{app}: properties.functionAppConfig.runtime.version is 8.0, not 10.0"),
        new("a setting that Flex Consumption does not allow", App, "      appSettings: [\n", "      appSettings: [\n        { name: 'FUNCTIONS_WORKER_RUNTIME', value: 'dotnet-isolated' }\n", "FUNCTIONS_WORKER_RUNTIME must not be set on Flex Consumption"),
        new("a connection without a credential", App, "        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }\n", "", "AzureWebJobsStorage__credential is not managedidentity"),
        new("a connection without the id of its identity", App, "        { name: 'ServiceBusConnection__clientId', value: identity.properties.clientId }\n", "", "ServiceBusConnection__clientId is not "),
        new("a secret as a plain setting", App, "value: empty(secrets.SYNC_API_KEY) ? '' : '${inVault}${secretNames.SYNC_API_KEY})'", "value: secrets.SYNC_API_KEY", "SYNC_API_KEY is a plain setting"),
        new("bodies of any size for the host", App, "string(maxBodyBytes + 1048576)", "'104857600'", "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is not what goes with Receive__MaxBodyBytes"),
        new("the host's home page", App, "name: 'AzureWebJobsDisableHomepage', value: 'true'", "name: 'AzureWebJobsDisableHomepage', value: 'false'", "the host's home page is on"),
        new("plain HTTP", App, "httpsOnly: true", "httpsOnly: false", "{app}: properties.httpsOnly is false, not true"),
        new("passwords for publishing", App, "    name: 'scm'\n    properties: { allow: false }", "    name: 'scm'\n    properties: { allow: true }", "channels with a password off are ftp, not ftp, scm"),
        new("an app that starts before its roles", Main, "dependsOn: [roles, network]", "dependsOn: [network]", "the app does not wait for its roles"),
        new("a secret in an output", Main, "@description('Region.')\noutput ", "output LEAK string = geminiApiKey\n\n@description('Region.')\noutput ", "LEAK is an output that holds a secret"),
        new("a secret without a secure parameter", Main, "@secure()\n@description('SYNC_WEBHOOK_SECRET", "@description('SYNC_WEBHOOK_SECRET", "syncWebhookSecret is not a secure parameter"),
        new("an app that azd does not find", App, "'azd-service-name': 'api'", "'azd-service-name': 'app'", "{app}: tags.azd-service-name is app, not api"),
    ];
}
