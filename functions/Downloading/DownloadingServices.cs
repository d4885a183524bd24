using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Downloading.Sources;

namespace WebhookFunctions.Downloading;

/// <summary>Registers the services that download an asset to Blob Storage.</summary>
public static class DownloadingServices
{
    public static IServiceCollection AddDownloading(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AssetOptions>().Bind(configuration.GetSection(AssetOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddSingleton<SourceClient>()
            .AddSingleton<AssetBlobs>()
            .AddSingleton<AssetCommit>()
            .AddSingleton<BlockBuffers>()
            .AddSingleton<RunningDownloads>()
            .AddSingleton<AssetDownload>()
            .AddSingleton<DownloadLimiter>()
            .AddSingleton<AssetRequeuer>()
            .AddSingleton<AssetWaiting>()
            .AddSingleton<AssetAdmission>()
            .AddSingleton<WaitingLineRecovery>()
            .AddSingleton<AssetOutcomes>()
            .AddSingleton<Redeliveries>()
            .AddSingleton<AssetLeases>()
            .AddSingleton<LinkRenewals>()
            .AddSingleton<AssetAttempt>()
            .AddSingleton<AssetFaultHandler>()
            .AddSingleton<AssetProcessor>();
    }
}
