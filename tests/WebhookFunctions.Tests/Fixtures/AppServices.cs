using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Hosting;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Composition of the app's services in the process of a test, without a host and a worker.</summary>
internal static class AppServices
{
    /// <summary>Composes the services from a test's settings and Service Bus client.</summary>
    /// <param name="settings">The settings, with <c>:</c> between the parts of a name.</param>
    /// <param name="bus">The client of the queues.</param>
    /// <param name="register">Registers services that replace those of the app.</param>
    /// <param name="overrides">Settings that replace those of the same name.</param>
    public static ServiceProvider Compose(
        IReadOnlyDictionary<string, string?> settings,
        ServiceBusClient bus,
        Action<IServiceCollection>? register = null,
        IReadOnlyDictionary<string, string?>? overrides = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).AddInMemoryCollection(overrides).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration).AddWebhookFunctions(configuration).AddSingleton(bus);
        register?.Invoke(services);
        return services.BuildServiceProvider();
    }
}
