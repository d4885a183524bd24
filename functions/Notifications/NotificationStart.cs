using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace WebhookFunctions.Notifications;

/// <summary>Hosted service that logs at the start which settings of notifications are invalid.</summary>
internal sealed partial class NotificationStart(NotifySettings settings, ILogger<NotificationStart> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var line in settings.ProblemLines)
        {
            Log.InvalidSetting(logger, line);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Problem}")]
        public static partial void InvalidSetting(ILogger logger, string problem);
    }
}
