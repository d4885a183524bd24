using OpenTelemetry;

namespace Microsoft.Azure.Functions.Worker.OpenTelemetry;

/// <summary>OpenTelemetry in a worker.</summary>
public static class ConfigureFunctionsOpenTelemetry
{
    /// <summary>Does nothing here: there is no host to be told that the worker sends its telemetry itself.</summary>
    public static IOpenTelemetryBuilder UseFunctionsWorkerDefaults(this IOpenTelemetryBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder;
    }
}
