using Azure.Messaging.EventGrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using WebhookFunctions.Dashboard;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Notifications;
using WebhookFunctions.Operations;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;
using WebhookFunctions.Receiving;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Hosting;

/// <summary>Composition root. A host with clients or a clock of its own registers them first.</summary>
public static class WebhookFunctionsServices
{
    public static IServiceCollection AddWebhookFunctions(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => AzureClients.Blobs(configuration, provider.GetRequiredService<Outages>()));
        services.TryAddSingleton(provider => AzureClients.Tables(configuration, provider.GetRequiredService<Outages>()));
        services.TryAddSingleton(_ => AzureClients.ServiceBus(configuration));
        services.TryAddSingleton(_ => new Lazy<EventGridPublisherClient>(() => AzureClients.EventGrid(configuration)));
        return services
            .AddTelemetry()
            .AddOutbound(configuration)
            .AddMessaging()
            .AddStorage()
            .AddProviders()
            .AddReceiving(configuration)
            .AddRecording(configuration)
            .AddNotifications()
            .AddDownloading(configuration)
            .AddOperations(configuration)
            .AddDashboard()
            .AddTriggers()
            .AddHostedService<StorageProvisioning>();
    }
}
