using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace WebhookFunctions.Outbound;

/// <summary>Registers the guarded HTTP client.</summary>
public static class OutboundServices
{
    /// <summary>Adds <see cref="OutboundHttp"/>. A host with a network of its own registers it first.</summary>
    public static IServiceCollection AddOutbound(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<OutboundOptions>().Bind(configuration.GetSection(OutboundOptions.Section));
        services.AddSingleton<IPostConfigureOptions<OutboundOptions>, LoopbackInDevelopment>();
        services.TryAddSingleton<INetwork, SystemNetwork>();
        return services.AddSingleton<OutboundHttp>();
    }
}
