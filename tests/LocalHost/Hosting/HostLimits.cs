using System.Globalization;
using WebhookFunctions.Receiving;

namespace LocalHost.Hosting;

/// <summary>Limits of the Functions host, as a deployment sets them.</summary>
internal static class HostLimits
{
    private const string AppSetting = $"{ReceiveOptions.Section}__{nameof(ReceiveOptions.MaxBodyBytes)}";

    // The Functions host answers 500 to a body above its limit, so its limit must exceed the one above which the app answers 413. It also counts the
    // framing of chunked bodies.
    private const long Margin = 1024 * 1024;

    /// <summary>Returns the host's limit for the largest webhook that the settings allow.</summary>
    public static string BodyLimit(IReadOnlyDictionary<string, string> settings)
    {
        var app = int.TryParse(settings.GetValueOrDefault(AppSetting), CultureInfo.InvariantCulture, out var bytes) ? bytes : new ReceiveOptions().MaxBodyBytes;
        return (app + Margin).ToString(CultureInfo.InvariantCulture);
    }
}
