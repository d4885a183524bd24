using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Operations;

/// <summary>Registers what stands behind the operator's functions.</summary>
public static class OperationsServices
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddSingleton<OperatorRequests>()
        .AddSingleton<EventQueries>()
        .AddSingleton<HealthReport>()
        .AddSingleton<DeadLetters>()
        .AddSingleton<DeadLetterPass>()
        .AddSingleton<DeadLetterReplay>()
        .AddSingleton<DeadLetterWatch>()
        .AddSingleton<QueueBacklog>()
        .AddSingleton<AssetRevival>()
        .AddSingleton<UnfinishedSweep>()
        .AddSingleton<JobErasure>()
        .AddSingleton<JobRecovery>()
        .AddSingleton<EventRefetch>()
        .AddSingleton<Housekeeping>();
}
