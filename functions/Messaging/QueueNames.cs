namespace WebhookFunctions.Messaging;

/// <summary>The queues, as <c>infra/</c> makes them, and the connection that leads to them.</summary>
public static class QueueNames
{
    /// <summary>Raw events. Duplicate detection over 7 days by message id.</summary>
    public const string WebhookEvents = "webhook-events";

    /// <summary>Assets to fetch. No duplicate detection: the asset's row is the truth.</summary>
    public const string AssetDownloads = "asset-downloads";

    /// <summary>Notifications to deliver. No duplicate detection: the notification's row is the truth.</summary>
    public const string JobNotifications = "job-notifications";

    /// <summary>Notifications for consumers of the user's own. Duplicate detection by the notification's id. The app only sends to it.</summary>
    public const string JobResults = "job-results";

    /// <summary>The queues that the app works on. <see cref="JobResults"/> is others'.</summary>
    public static IReadOnlyList<string> Worked { get; } = [WebhookEvents, AssetDownloads, JobNotifications];

    /// <summary>The setting, or the prefix of the settings, that say where the namespace is.</summary>
    public const string Connection = "ServiceBusConnection";
}
