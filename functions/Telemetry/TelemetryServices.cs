using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace WebhookFunctions.Telemetry;

/// <summary>Registers the app's instruments, and keeps URLs out of the logs.</summary>
public static class TelemetryServices
{
    /// <summary>
    /// The category that logs each request's URL at Information, with its query. Tokens of webhook URLs and function keys would then be in every
    /// log. A filter by category takes precedence over the default level.
    /// </summary>
    private const string WebServer = "Microsoft.AspNetCore";

    public static IServiceCollection AddTelemetry(this IServiceCollection services) => services
        .AddLogging(logging => logging.AddFilter(WebServer, LogLevel.Warning))
        .AddMetrics()
        .AddSingleton<Outages>()
        .AddSingleton<WebhookMetrics>();
}
