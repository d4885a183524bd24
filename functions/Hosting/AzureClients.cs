using Azure;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Messaging.EventGrid;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Hosting;

/// <summary>Factory of the clients of Azure's services, from the settings.</summary>
public static class AzureClients
{
    // The newest version that Azurite 3.37 supports, so that local work does not have to skip its version check.
    private const BlobClientOptions.ServiceVersion BlobVersion = BlobClientOptions.ServiceVersion.V2026_06_06;

    // The SDK's default of 100 seconds would keep a message waiting for longer than its first retry takes.
    private static readonly TimeSpan NetworkTimeout = TimeSpan.FromSeconds(30);

    public static BlobServiceClient Blobs(IConfiguration configuration, Outages outages)
    {
        var options = new BlobClientOptions(BlobVersion) { Retry = { NetworkTimeout = NetworkTimeout } };
        options.AddPolicy(new OutagePolicy(outages.Storage), HttpPipelinePosition.PerRetry);
        var connection = new AzureConnection(configuration, StorageNames.Connection);
        return StorageEndpoint(connection, "blob") is { } endpoint
            ? new BlobServiceClient(endpoint, connection.Credential(), options)
            : new BlobServiceClient(connection.ConnectionString ?? throw connection.Missing("accountName"), options);
    }

    public static TableServiceClient Tables(IConfiguration configuration, Outages outages)
    {
        var options = new TableClientOptions { Retry = { NetworkTimeout = NetworkTimeout } };
        options.AddPolicy(new OutagePolicy(outages.Storage), HttpPipelinePosition.PerRetry);
        var connection = new AzureConnection(configuration, StorageNames.Connection);
        return StorageEndpoint(connection, "table") is { } endpoint
            ? new TableServiceClient(endpoint, connection.Credential(), options)
            : new TableServiceClient(connection.ConnectionString ?? throw connection.Missing("accountName"), options);
    }

    public static ServiceBusClient ServiceBus(IConfiguration configuration)
    {
        // The SDK's default is 60 seconds, three times. A webhook sender waits for a few seconds only, and retries itself.
        var options = new ServiceBusClientOptions { RetryOptions = { TryTimeout = TimeSpan.FromSeconds(10), MaxRetries = 2 } };
        var connection = new AzureConnection(configuration, QueueNames.Connection);
        return connection["fullyQualifiedNamespace"] is { } address
            ? new ServiceBusClient(address, connection.Credential(), options)
            : new ServiceBusClient(connection.ConnectionString ?? throw connection.Missing("fullyQualifiedNamespace"), options);
    }

    /// <summary>Creates the client of the topic in settings <c>Notify__EventGrid__…</c>. Their names, such as <c>topicEndpointUri</c>, are those of
    /// the Functions host.</summary>
    public static EventGridPublisherClient EventGrid(IConfiguration configuration)
    {
        // Few retries, because the notification itself is retried with growing waits.
        var options = new EventGridPublisherClientOptions { Retry = { NetworkTimeout = NetworkTimeout, MaxRetries = 1 } };
        var connection = new AzureConnection(configuration, "Notify:EventGrid");
        var endpoint = new Uri(connection["topicEndpointUri"] ?? throw connection.Missing("topicEndpointUri"));
        return connection["topicKey"] is { } key
            ? new EventGridPublisherClient(endpoint, new AzureKeyCredential(key), options)
            : new EventGridPublisherClient(endpoint, connection.Credential(), options);
    }

    private static Uri? StorageEndpoint(AzureConnection connection, string service) =>
        connection[$"{service}ServiceUri"] is { } uri ? new Uri(uri)
        : connection["accountName"] is { } account ? new Uri($"https://{account}.{service}.core.windows.net")
        : null;
}
