using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Benchmarks.Downloads;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using WebhookFunctions.Hosting;

namespace Benchmarks.Servers;

/// <summary>The app's own composition root in a process that is measured: over clients of that process's choice, and without what runs beside the functions.</summary>
internal static class MeasuredApp
{
    // Receiving bodies of the measured sizes alone needs no blob and no row.
    private const string NoStorage = "UseDevelopmentStorage=true";

    private static readonly Dictionary<string, string?> Settings = new()
    {
        // The source of the downloads is on this machine.
        ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
        ["Assets:AllowLoopback"] = "true",
        ["Assets:MaxBytes"] = $"{20L * 1024 * 1024 * 1024}",
        // As many as any suite runs at once.
        ["Assets:MaxDownloads"] = "32",
        ["Assets:MaxDownloadsPerHost"] = "32",
    };

    public static void AddMeasuredApp(this IServiceCollection services, IConfigurationManager configuration, ServiceBusClient queue)
    {
        configuration.AddInMemoryCollection(Settings);
        services.AddSingleton(queue);
        services.AddSingleton(Blobs());
        services.AddSingleton(new TableServiceClient(Setting(FetchSettings.Tables)));
        var before = services.Count;
        services.AddWebhookFunctions(configuration);
        for (var i = services.Count - 1; i >= before; i--)
        {
            if (services[i].ServiceType == typeof(IHostedService))
            {
                services.RemoveAt(i);
            }
        }
    }

    /// <summary>The storage account of the blobs, in the version that Azurite speaks.</summary>
    public static BlobServiceClient Blobs() =>
        new(Setting(FetchSettings.Blobs), new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06));

    private static string Setting(string name) => Environment.GetEnvironmentVariable(name) ?? NoStorage;
}
