using WebhookFunctions.Outbound;

namespace LocalHost.Hosting;

/// <summary>Setting that lets the app fetch media from this machine, where <c>send</c> serves them.</summary>
internal static class LoopbackMedia
{
    private const string Setting = $"{OutboundOptions.Section}__{nameof(OutboundOptions.AllowLoopback)}";
    private const string EnvironmentSetting = "AZURE_FUNCTIONS_ENVIRONMENT";

    /// <summary>
    /// Allows links to <c>http://127.0.0.1:…</c>, unless a setting says otherwise or the environment is not Development. This applies only to proven
    /// events, because 127.0.0.1 is not added to the hosts that unconfirmed events may link to.
    /// </summary>
    /// <param name="isReachable">Whether others can reach the app. If so, the links are not allowed.</param>
    /// <param name="settings">The app's settings.</param>
    /// <returns><paramref name="settings"/>.</returns>
    public static Dictionary<string, string> AllowUnless(bool isReachable, Dictionary<string, string> settings)
    {
        var isNamed = settings.Keys.Any(name => name.Replace(":", "__", StringComparison.Ordinal).Equals(Setting, StringComparison.OrdinalIgnoreCase));
        if (!isReachable && !isNamed && settings.GetValueOrDefault(EnvironmentSetting, "Development").Equals("Development", StringComparison.OrdinalIgnoreCase))
        {
            settings[Setting] = "true";
        }

        return settings;
    }
}
