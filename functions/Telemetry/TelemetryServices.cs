using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Telemetry;

/// <summary>Registers the app's instruments.</summary>
public static class TelemetryServices
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services) => services.AddMetrics().AddSingleton<WebhookMetrics>();
}
