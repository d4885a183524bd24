using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;

namespace LocalHost.Generation;

/// <summary>The cards of every provider that the app knows, in the order in which it registers them.</summary>
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
