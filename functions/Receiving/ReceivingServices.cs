using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Receiving;

/// <summary>Registers the services that take a request to the queue.</summary>
public static class ReceivingServices
{
    public static IServiceCollection AddReceiving(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ReceiveOptions>().Bind(configuration.GetSection(ReceiveOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddSingleton<BodyMemory>()
            .AddSingleton<EventEnqueuer>()
            .AddSingleton<WebhookReceiver>();
    }
}
