using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Registration of clients of the shared Azurite that do not retry, and that pass every request to a policy.</summary>
internal static class FaultyAzure
{
    public static async Task<Action<IServiceCollection>> ClientsAsync(this AzuriteFixture azurite, HttpPipelinePolicy policy)
    {
        var connection = await azurite.ConnectionStringAsync();
        var tables = new TableClientOptions { Retry = { MaxRetries = 0 } };
        tables.AddPolicy(policy, Azure.Core.HttpPipelinePosition.PerCall);
        var blobs = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06) { Retry = { MaxRetries = 0 } };
        blobs.AddPolicy(policy, Azure.Core.HttpPipelinePosition.PerCall);
        return services => services
            .AddSingleton(new TableServiceClient(connection, tables))
            .AddSingleton(new BlobServiceClient(connection, blobs));
    }
}
