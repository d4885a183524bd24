using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Recording;

/// <summary>Registers the services that turn an event message into rows and asset messages.</summary>
public static class RecordingServices
{
    public static IServiceCollection AddRecording(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AssetHostOptions>().Bind(configuration.GetSection(AssetHostOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddSingleton<AssetHosts>()
            .AddSingleton<AssetDispatch>()
            .AddSingleton<ManifestExpansion>()
            .AddSingleton<EventReader>()
            .AddSingleton<MessageSubjects>()
            .AddSingleton<EventFailure>()
            .AddSingleton<EventRetry>()
            .AddSingleton<EventStarts>()
            .AddSingleton<EventOpener>()
            .AddSingleton<EventRecorder>();
    }
}
