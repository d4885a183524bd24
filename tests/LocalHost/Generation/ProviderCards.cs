using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;

namespace LocalHost.Generation;

/// <summary>Reader that returns the cards of all providers, in the order of their registration in the app.</summary>
internal static class ProviderCards
{
    /// <summary>Reads the cards from the app's own registration.</summary>
    public static IReadOnlyList<ProviderCard> Read()
    {
        var configuration = new ConfigurationBuilder().Build();
        using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddOutbound(configuration)
            .AddProviders()
            .BuildServiceProvider();
        return [.. services.GetServices<IProviderFactory>().Select(factory => factory.Card)];
    }
}
