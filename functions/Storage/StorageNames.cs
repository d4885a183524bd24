namespace WebhookFunctions.Storage;

/// <summary>Tables and containers, as <c>infra/</c> makes them, and the connection that leads to them.</summary>
public static class StorageNames
{
    /// <summary>The setting, or the prefix of the settings, that say where the storage account is: the one that the Functions host uses too.</summary>
    public const string Connection = "AzureWebJobsStorage";

    public const string EventsTable = "WebhookEvents";
    public const string JobsTable = "GenerationJobs";
    public const string IndexTable = "UnfinishedEvents";
    public const string AssetsContainer = "assets";
    public const string RawEventsContainer = "raw-events";
}
