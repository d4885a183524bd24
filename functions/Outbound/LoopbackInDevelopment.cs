using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace WebhookFunctions.Outbound;

/// <summary>
/// Check that turns <see cref="OutboundOptions.AllowLoopback"/> off outside development, and logs it. The app still starts: a forgotten setting must
/// neither allow loopback addresses nor stop the app.
/// </summary>
public sealed partial class LoopbackInDevelopment(IConfiguration configuration, ILogger<LoopbackInDevelopment> logger) : IPostConfigureOptions<OutboundOptions>
{
    private const string EnvironmentSetting = "AZURE_FUNCTIONS_ENVIRONMENT";

    public void PostConfigure(string? name, OutboundOptions options)
    {
        if (options.AllowLoopback && !IsDevelopment(configuration))
        {
            options.AllowLoopback = false;
            Log.Refused(logger, EnvironmentSetting);
        }
    }

    private static bool IsDevelopment(IConfiguration configuration) =>
        string.Equals(configuration[EnvironmentSetting], "Development", StringComparison.OrdinalIgnoreCase);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Assets__AllowLoopback is ignored, because {Setting} is not Development")]
        public static partial void Refused(ILogger logger, string setting);
    }
}
