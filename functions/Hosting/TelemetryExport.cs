using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Hosting;

/// <summary>
/// Export of metrics, traces and logs. It goes to Application Insights with <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c>, and to any collector with
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> (and the other <c>OTEL_…</c> settings). Without them only the console gets logs.
/// </summary>
public static class TelemetryExport
{
    public const string ApplicationInsightsSetting = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary><c>Authorization=AAD</c>, with <c>;ClientId=…</c> for a user-assigned identity: as the Functions host reads it.</summary>
    public const string AuthenticationSetting = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    public const string OtlpSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Returns whether a setting names a destination.</summary>
    public static bool IsWanted(IConfiguration configuration) =>
        !string.IsNullOrWhiteSpace(configuration[ApplicationInsightsSetting]) || !string.IsNullOrWhiteSpace(configuration[OtlpSetting]);

    /// <summary>Exports the app's own meter and spans, and the logs, to every destination that a setting names.</summary>
    /// <remarks>
    /// The Azure SDK's spans are not exported: each event would add a dozen, and their failures are logged already.
    /// </remarks>
    public static IOpenTelemetryBuilder AddTelemetryExport(this IServiceCollection services, IConfiguration configuration)
    {
        IOpenTelemetryBuilder telemetry = services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(WebhookMetrics.MeterName))
            .WithTracing(tracing => tracing.AddSource(WebhookTracing.SourceName))
            .WithLogging(configureBuilder: null, logging => logging.IncludeFormattedMessage = true);
        if (!string.IsNullOrWhiteSpace(configuration[OtlpSetting]))
        {
            telemetry = telemetry.UseOtlpExporter();
        }

        if (configuration[ApplicationInsightsSetting] is { } connectionString && !string.IsNullOrWhiteSpace(connectionString))
        {
            telemetry = telemetry.UseAzureMonitorExporter(options =>
            {
                options.ConnectionString = connectionString;
                options.Credential = Credential(configuration[AuthenticationSetting]);
            });
        }

        return telemetry;
    }

    private static ManagedIdentityCredential? Credential(string? authentication)
    {
        var parts = (authentication ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2))
            .Where(part => part.Length == 2)
            .ToDictionary(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase);
        if (!string.Equals(parts.GetValueOrDefault("Authorization"), "AAD", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return new ManagedIdentityCredential(
            parts.GetValueOrDefault("ClientId") is { } clientId ? ManagedIdentityId.FromUserAssignedClientId(clientId) : ManagedIdentityId.SystemAssigned);
    }
}
