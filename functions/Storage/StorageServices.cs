using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Storage;

/// <summary>Registers the stores on tables and containers.</summary>
public static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services) => services
        .AddSingleton<StorageClients>()
        .AddSingleton<EventAnnouncements>()
        .AddSingleton<NotificationStore>()
        .AddSingleton<EventIndex>()
        .AddSingleton<EventStore>()
        .AddSingleton<AssetCompletionWriter>()
        .AddSingleton<SpentWebhookIds>()
        .AddSingleton<EventErasure>()
        .AddSingleton<JobStore>()
        .AddSingleton<JobEvents>()
        .AddSingleton<AssetNames>()
        .AddSingleton<JobBlobs>()
        .AddSingleton<JobTombstones>()
        .AddSingleton<AssetLinks>()
        .AddSingleton<RawEventStore>();
}
