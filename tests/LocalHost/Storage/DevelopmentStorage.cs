using System.Net.NetworkInformation;

namespace LocalHost.Storage;

/// <summary>The storage that the settings name, where that is Azurite at its usual ports.</summary>
internal static class DevelopmentStorage
{
    private const string Setting = "AzureWebJobsStorage";
    private const string UseDevelopmentStorage = "UseDevelopmentStorage=true";

    /// <summary>Starts Azurite where the settings mean it and nothing listens there. Settings that name no storage at all mean it too.</summary>
    /// <returns>Azurite, where it was started.</returns>
    public static async Task<AzuriteServer?> StartIfNeededAsync(
        Dictionary<string, string> settings, string location, CancellationToken cancellationToken)
    {
        var isNamed = settings.Any(setting =>
            !string.IsNullOrWhiteSpace(setting.Value)
            && (setting.Key.Equals(Setting, StringComparison.OrdinalIgnoreCase)
                || setting.Key.StartsWith($"{Setting}__", StringComparison.OrdinalIgnoreCase)));
        if (!isNamed)
        {
            settings[Setting] = UseDevelopmentStorage;
        }
        else if (!IsDevelopmentStorage(settings.GetValueOrDefault(Setting)))
        {
            return null;
        }

        // Before the ports are looked at: the one that a killed host left behind still listens, and is about to end.
        await AzuriteServer.AwaitPredecessorAsync(location, cancellationToken);
        var listening = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        return listening.Contains(AzuritePorts.Usual.Blob) && listening.Contains(AzuritePorts.Usual.Table)
            ? null
            : await AzuriteServer.StartAsync(AzuritePorts.Usual, location, cancellationToken);
    }

    private static bool IsDevelopmentStorage(string? connection) =>
        string.Equals(connection?.Trim().TrimEnd(';'), UseDevelopmentStorage, StringComparison.OrdinalIgnoreCase);
}
