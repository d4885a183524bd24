using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Operations;
using WebhookFunctions.Providers;
using WebhookFunctions.Receiving;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Hosting;

/// <summary>The composition root. A host that brings clients or a clock of its own registers them first.</summary>
public static class WebhookFunctionsServices
{
    public static IServiceCollection AddWebhookFunctions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => AzureClients.Blobs(configuration));
        services.TryAddSingleton(_ => AzureClients.Tables(configuration));
        services.TryAddSingleton(_ => AzureClients.ServiceBus(configuration));
        services.AddSingleton<WebhookMetrics>();
        return services
            .AddStorage()
            .AddMessaging()
            .AddProviders()
            .AddReceiving(configuration)
            .AddRecording()
            .AddDownloading(configuration)
            .AddOperations();
    }

    private static IServiceCollection AddStorage(this IServiceCollection services) => services
        .AddSingleton<StorageClients>()
        .AddSingleton<EventIndex>()
        .AddSingleton<EventStore>()
        .AddSingleton<EventLedger>()
        .AddSingleton<EventErasure>()
        .AddSingleton<JobStore>()
        .AddSingleton<JobEvents>()
        .AddSingleton<AssetNames>()
        .AddSingleton<JobTombstones>()
        .AddSingleton<RawEventStore>()
        .AddHostedService<StorageProvisioning>();

    private static IServiceCollection AddMessaging(this IServiceCollection services) => services
        .AddSingleton<QueueSenders>()
        .AddSingleton<MessageSettlement>();

    private static IServiceCollection AddReceiving(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ReceiveOptions>().Bind(configuration.GetSection(ReceiveOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddSingleton<EventQueue>()
            .AddSingleton<WebhookReceiver>();
    }

    private static IServiceCollection AddRecording(this IServiceCollection services) => services
        .AddSingleton<AssetDispatch>()
        .AddSingleton<EventRecorder>()
        .AddSingleton<KeptEvents>();
}
