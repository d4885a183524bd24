using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace WebhookFunctions.Downloading;

/// <summary>Registers the way of an asset into Blob Storage.</summary>
public static class DownloadingServices
{
    public static IServiceCollection AddDownloading(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AssetOptions>().Bind(configuration.GetSection(AssetOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IPostConfigureOptions<AssetOptions>, LoopbackInDevelopment>();
        services.TryAddSingleton<INetwork, SystemNetwork>();
        return services
            .AddSingleton<OutboundHttp>()
            .AddSingleton<SourceClient>()
            .AddSingleton<AssetBlobs>()
            .AddSingleton<AssetCommit>()
            .AddSingleton<RunningDownloads>()
            .AddSingleton<AssetDownload>()
            .AddSingleton<DownloadGate>()
            .AddSingleton<AssetExpansion>()
            .AddSingleton<AssetQueue>()
            .AddSingleton<AssetOutcomes>()
            .AddSingleton<AssetProcessor>();
    }
}
