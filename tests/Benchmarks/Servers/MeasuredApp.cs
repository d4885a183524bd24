using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Benchmarks.Downloads;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using WebhookFunctions.Hosting;

namespace Benchmarks.Servers;

/// <summary>Registration of the app's services in a process that is measured: with clients that the process chooses, and without hosted services.</summary>
internal static class MeasuredApp
{
    // Receiving uses neither blobs nor rows for bodies of the measured sizes, so this account is never called.
    private const string NoStorage = "UseDevelopmentStorage=true";

    private static readonly Dictionary<string, string?> Settings = new()
    {
        // The downloads' source is on this machine.
        ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
        ["Assets:AllowLoopback"] = "true",
        ["Assets:MaxBytes"] = $"{20L * 1024 * 1024 * 1024}",
        // The most that any suite runs at once.
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

    /// <summary>Returns a client for the account of the blobs, with an API version that Azurite supports.</summary>
    public static BlobServiceClient Blobs() =>
        new(Setting(FetchSettings.Blobs), new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06));

    private static string Setting(string name) => Environment.GetEnvironmentVariable(name) ?? NoStorage;
}
