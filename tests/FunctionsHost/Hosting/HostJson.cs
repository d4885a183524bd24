using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace FunctionsHost.Hosting;

/// <summary>
/// Values of host.json that this host supports, with the Functions host's defaults:
/// https://learn.microsoft.com/azure/azure-functions/functions-host-json. A setting <c>AzureFunctionsJobHost__a__b</c> overrides the value at
/// <c>a.b</c>.
/// </summary>
internal sealed record HostJson
{
    private const string SettingPrefix = "AzureFunctionsJobHost__";

    // The default of the Service Bus extension, for each processor.
    private const int ConcurrentCallsPerProcessor = 16;

    public string RoutePrefix { get; private init; } = "api";

    public int MaxConcurrentCalls { get; private init; }

    public TimeSpan MaxAutoLockRenewalDuration { get; private init; }

    public int PrefetchCount { get; private init; }

    public bool AutoCompleteMessages { get; private init; }

    /// <summary>The maximum duration of an invocation; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</summary>
    public TimeSpan FunctionTimeout { get; private init; }

    /// <summary>The section <c>logging</c>.</summary>
    public required IConfiguration Logging { get; init; }

    /// <exception cref="FunctionsHostException">The file is missing, or a value cannot be read.</exception>
    public static HostJson Read(string directory, IReadOnlyDictionary<string, string> settings)
    {
        try
        {
            var file = new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(directory, "host.json"), optional: false)
                .AddInMemoryCollection(settings
                    .Where(setting => setting.Key.StartsWith(SettingPrefix, StringComparison.OrdinalIgnoreCase))
                    .Select(setting => KeyValuePair.Create(
                        setting.Key[SettingPrefix.Length..].Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), (string?)setting.Value)))
                .Build();
            var serviceBus = file.GetSection("extensions:serviceBus");
            return new HostJson
            {
                RoutePrefix = file["extensions:http:routePrefix"] ?? "api",
                MaxConcurrentCalls = serviceBus.GetValue("maxConcurrentCalls", ConcurrentCallsPerProcessor * Environment.ProcessorCount),
                MaxAutoLockRenewalDuration = serviceBus.GetValue("maxAutoLockRenewalDuration", TimeSpan.FromMinutes(5)),
                PrefetchCount = serviceBus.GetValue("prefetchCount", 0),
                AutoCompleteMessages = serviceBus.GetValue("autoCompleteMessages", true),
                FunctionTimeout = Limit(file["functionTimeout"]),
                Logging = file.GetSection("logging"),
            };
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or InvalidOperationException or FormatException)
        {
            throw new FunctionsHostException($"host.json cannot be read: {exception.Message}", exception);
        }
    }

    private static TimeSpan Limit(string? value) => value switch
    {
        null => TimeSpan.FromMinutes(30),
        "-1" => Timeout.InfiniteTimeSpan,
        _ => TimeSpan.Parse(value, CultureInfo.InvariantCulture),
    };
}
