namespace WebhookFunctions.Messaging;

/// <summary>The queues, as <c>infra/</c> makes them, and the connection that leads to them.</summary>
public static class QueueNames
{
    /// <summary>Raw events. Duplicate detection over 7 days by message id.</summary>
    public const string WebhookEvents = "webhook-events";

    /// <summary>Assets to fetch. No duplicate detection: the asset's row is the truth.</summary>
    public const string AssetDownloads = "asset-downloads";

    /// <summary>The setting, or the prefix of the settings, that say where the namespace is.</summary>
    public const string Connection = "ServiceBusConnection";
}
