using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Triggers;

/// <summary>Registers what the functions need beside the layers below them.</summary>
public static class TriggerServices
{
    public static IServiceCollection AddTriggers(this IServiceCollection services) => services.AddSingleton<MessageSettlement>();
}
