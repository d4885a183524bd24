using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Triggers;

/// <summary>Registers the services that the functions need beside those of the layers below.</summary>
public static class TriggerServices
{
    public static IServiceCollection AddTriggers(this IServiceCollection services) => services.AddSingleton<MessageSettlement>();
}
