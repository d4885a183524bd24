using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Notifications.Targets;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Notifications;

/// <summary>Registers the services that notify the user's own systems of finished jobs.</summary>
public static class NotificationServices
{
    public static IServiceCollection AddNotifications(this IServiceCollection services) => services
        .AddSingleton<NotifySettings>()
        .AddSingleton(provider => provider.GetRequiredService<NotifySettings>().Rules)
        .AddSingleton<INotificationDispatch, NotificationDispatch>()
        .AddSingleton<NotificationTargets>()
        .AddSingleton<NotificationComposer>()
        .AddSingleton<NotificationProcessor>()
        .AddHostedService<NotificationStart>();
}
