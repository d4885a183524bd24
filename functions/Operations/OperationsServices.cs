using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Operations.DeadLetters;
using WebhookFunctions.Operations.Erasure;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Operations.Notifications;
using WebhookFunctions.Operations.Queries;
using WebhookFunctions.Operations.Recovery;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Operations;

/// <summary>Registers the services of the operators' functions.</summary>
public static class OperationsServices
{
    public static IServiceCollection AddOperations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RetentionOptions>()
            .Bind(configuration.GetSection(RetentionOptions.Section))
            .Validate(options => options.IsValid, RetentionOptions.Problem)
            .ValidateOnStart();
        return services
            .AddSingleton<OperatorRequests>()
            .AddSingleton<EventQueries>()
            .AddSingleton(services => AppParts.Create(
                services.GetRequiredService<StorageClients>(), services.GetRequiredService<ServiceBusClient>(), services.GetRequiredService<TimeProvider>()))
            .AddSingleton<JobQueries>()
            .AddSingleton<HealthReport>()
            .AddSingleton<DeadLetterQueues>()
            .AddSingleton<DeadLetterListing>()
            .AddSingleton<DeadLetterScan>()
            .AddSingleton<PostponedReplays>()
            .AddSingleton<DeadLetterReplay>()
            .AddSingleton<DeadLetterRedrive>()
            .AddSingleton<DeadLetterReconciler>()
            .AddSingleton<JobDeadLetters>()
            .AddSingleton<QueueBacklog>()
            .AddSingleton<ArchivedEventReader>()
            .AddSingleton<AssetMessageRebuilder>()
            .AddSingleton<EventResend>()
            .AddSingleton<UnfinishedSweep>()
            .AddSingleton<JobErasure>()
            .AddSingleton<JobRecovery>()
            .AddSingleton<EventRefetch>()
            .AddSingleton<EventRetention>()
            .AddSingleton<NotificationTest>()
            .AddSingleton<MaintenanceRun>();
    }
}
