namespace WebhookFunctions.Messaging;

/// <summary>Names of the queues, as created by <c>infra/</c>, and of the setting for their connection.</summary>
public static class QueueNames
{
    /// <summary>Raw events. Duplicate detection over 7 days by message id.</summary>
    public const string WebhookEvents = "webhook-events";

    /// <summary>Assets to fetch. No duplicate detection: the asset's row decides whether there is work.</summary>
    public const string AssetDownloads = "asset-downloads";

    /// <summary>Notifications to deliver. No duplicate detection: the notification's row decides whether there is work.</summary>
    public const string JobNotifications = "job-notifications";

    /// <summary>Notifications for the user's own consumers. Duplicate detection by the notification's id. The app only sends to it.</summary>
    public const string JobResults = "job-results";

    /// <summary>The queues that the app consumes. <see cref="JobResults"/> has other consumers.</summary>
    public static IReadOnlyList<string> Consumed { get; } = [WebhookEvents, AssetDownloads, JobNotifications];

    /// <summary>The setting, or the prefix of the settings, for the Service Bus namespace.</summary>
    public const string Connection = "ServiceBusConnection";
}
