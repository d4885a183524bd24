using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace WebhookFunctions.Telemetry;

/// <summary>Registers the app's instruments, and keeps URLs out of the logs.</summary>
public static class TelemetryServices
{
    /// <summary>
    /// Logs each request's URL at Information, with its query: tokens of webhook URLs and function keys would be in every log. A filter by the category's name
    /// outweighs the default level, whatever that is set to.
    /// </summary>
    private const string WebServer = "Microsoft.AspNetCore";

    public static IServiceCollection AddTelemetry(this IServiceCollection services) => services
        .AddLogging(logging => logging.AddFilter(WebServer, LogLevel.Warning))
        .AddMetrics()
        .AddSingleton<Outages>()
        .AddSingleton<WebhookMetrics>();
}
