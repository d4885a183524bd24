using System.Text.Json;

namespace LocalHost.Hosting;

/// <summary>What this host reads of host.json, with the Functions host's own defaults: https://learn.microsoft.com/azure/azure-functions/functions-host-json.</summary>
internal sealed record HostJson
{
    public string RoutePrefix { get; init; } = "api";

    public int MaxConcurrentCalls { get; init; } = 16;

    public TimeSpan MaxAutoLockRenewalDuration { get; init; } = TimeSpan.FromMinutes(5);

    public bool AutoCompleteMessages { get; init; } = true;

    public TimeSpan FunctionTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <exception cref="LocalHostException">The file is not there or can't be read.</exception>
    public static HostJson Read(string path)
    {
        try
        {
            var file = JsonSerializer.Deserialize<File>(System.IO.File.ReadAllBytes(path), JsonSerializerOptions.Web) ?? new File();
            var defaults = new HostJson();
            return new HostJson
            {
                RoutePrefix = file.Extensions?.Http?.RoutePrefix ?? defaults.RoutePrefix,
                MaxConcurrentCalls = file.Extensions?.ServiceBus?.MaxConcurrentCalls ?? defaults.MaxConcurrentCalls,
                MaxAutoLockRenewalDuration = file.Extensions?.ServiceBus?.MaxAutoLockRenewalDuration ?? defaults.MaxAutoLockRenewalDuration,
                AutoCompleteMessages = file.Extensions?.ServiceBus?.AutoCompleteMessages ?? defaults.AutoCompleteMessages,
                FunctionTimeout = file.FunctionTimeout ?? defaults.FunctionTimeout,
            };
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException)
        {
            throw new LocalHostException($"host.json can't be read: {unreadable.Message}", unreadable);
        }
    }

    private sealed record File(TimeSpan? FunctionTimeout = null, Extensions? Extensions = null);

    private sealed record Extensions(Http? Http = null, ServiceBus? ServiceBus = null);

    private sealed record Http(string? RoutePrefix = null);

    private sealed record ServiceBus(int? MaxConcurrentCalls = null, TimeSpan? MaxAutoLockRenewalDuration = null, bool? AutoCompleteMessages = null);
}
