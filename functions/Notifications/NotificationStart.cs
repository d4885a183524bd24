using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace WebhookFunctions.Notifications;

/// <summary>A hosted service that logs, when the app starts, which settings of notifications are unsound.</summary>
internal sealed partial class NotificationStart(NotifySettings settings, ILogger<NotificationStart> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var problem in settings.Problems)
        {
            Log.UnsoundSetting(logger, problem.Setting, problem.Reason);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Notifications are not sent as configured: setting {Setting} {Reason}")]
        public static partial void UnsoundSetting(ILogger logger, string setting, string reason);
    }
}
