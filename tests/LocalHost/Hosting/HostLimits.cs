using System.Globalization;
using WebhookFunctions.Receiving;

namespace LocalHost.Hosting;

/// <summary>The Functions host's own limits, as a deployment sets them.</summary>
internal static class HostLimits
{
    private const string AppSetting = $"{ReceiveOptions.Section}__{nameof(ReceiveOptions.MaxBodyBytes)}";

    // Above the host's limit the host answers 500, so the app's 413 needs room; the framing of chunked bodies counts, too.
    private const long Margin = 1024 * 1024;

    /// <summary>The host's limit that goes with the largest webhook that the settings allow.</summary>
    public static string BodyLimit(IReadOnlyDictionary<string, string> settings)
    {
        var app = int.TryParse(settings.GetValueOrDefault(AppSetting), CultureInfo.InvariantCulture, out var bytes) ? bytes : new ReceiveOptions().MaxBodyBytes;
        return (app + Margin).ToString(CultureInfo.InvariantCulture);
    }
}
