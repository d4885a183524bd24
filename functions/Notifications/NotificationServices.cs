using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Notifications.Targets;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Notifications;

/// <summary>Registers the way of a finished job to the user's own systems.</summary>
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
