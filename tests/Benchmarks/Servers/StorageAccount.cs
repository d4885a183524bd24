using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using WebhookFunctions.Hosting;
using WebhookFunctions.Storage;
using WebhookFunctions.Telemetry;

namespace Benchmarks.Servers;

/// <summary>Provisioner that creates in a storage account what a deployment of the app creates.</summary>
internal static class StorageAccount
{
    public static async Task ProvisionAsync(string connectionString, CancellationToken cancellationToken)
    {
        var blobs = new BlobServiceClient(connectionString, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06));
        var storage = new StorageClients(new TableServiceClient(connectionString), blobs);
        using var provisioning = new StorageProvisioning(
            storage, new Outages(TimeProvider.System, NullLogger<Outages>.Instance), TimeProvider.System, NullLogger<StorageProvisioning>.Instance);
        await provisioning.StartAsync(cancellationToken);
        await provisioning.ExecuteTask!;
    }
}
