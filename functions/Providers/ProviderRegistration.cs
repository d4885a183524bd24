using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Bfl;
using WebhookFunctions.Providers.Described;
using WebhookFunctions.Providers.Fal;
using WebhookFunctions.Providers.Gemini;
using WebhookFunctions.Providers.GeminiGen;
using WebhookFunctions.Providers.HeyGen;
using WebhookFunctions.Providers.Leonardo;
using WebhookFunctions.Providers.OpenRouter;
using WebhookFunctions.Providers.Replicate;
using WebhookFunctions.Providers.Sync;

namespace WebhookFunctions.Providers;

/// <summary>Registration of the providers that the app knows.</summary>
public static class ProviderRegistration
{
    /// <summary>Adds every provider; their settings decide which of them are on.</summary>
    public static IServiceCollection AddProviders(this IServiceCollection services) => services
        .AddSingleton<ProviderCatalog>()
        .AddHostedService<ProviderStart>()
        .AddSingleton<IProviderFactory, GeminiGenFactory>()
        .AddSingleton<IProviderFactory, GeminiFactory>()
        .AddSingleton<IProviderFactory, SyncFactory>()
        .AddSingleton<IProviderFactory, ReplicateFactory>()
        .AddService(FalService.Description)
        .AddService(BflService.Description)
        .AddService(HeyGenService.Description)
        .AddService(OpenRouterService.Description)
        .AddService(LeonardoService.Description);

    private static IServiceCollection AddService(this IServiceCollection services, ServiceDescription service) => services
        .AddSingleton<IProviderFactory>(provider => new DescribedFactory(
            service, provider.GetRequiredService<OutboundHttp>(), provider.GetRequiredService<TimeProvider>()));
}
