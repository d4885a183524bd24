using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Providers.Gemini;
using WebhookFunctions.Providers.GeminiGen;
using WebhookFunctions.Providers.Replicate;
using WebhookFunctions.Providers.Sync;

namespace WebhookFunctions.Providers;

/// <summary>The providers that the app knows.</summary>
public static class ProviderRegistration
{
    /// <summary>Adds every provider; which of them are on, their settings say.</summary>
    public static IServiceCollection AddProviders(this IServiceCollection services) => services
        .AddSingleton<ProviderCatalog>()
        .AddHostedService<ProviderStart>()
        .AddSingleton<IProviderFactory, GeminiGenFactory>()
        .AddSingleton<IProviderFactory, GeminiFactory>()
        .AddSingleton<IProviderFactory, SyncFactory>()
        .AddSingleton<IProviderFactory, ReplicateFactory>();
}
