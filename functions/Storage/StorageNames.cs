namespace WebhookFunctions.Storage;

/// <summary>Names of the tables and containers, as created by <c>infra/</c>, and of the setting for their connection.</summary>
public static class StorageNames
{
    /// <summary>The setting, or the prefix of the settings, for the storage account, which the Functions host uses too.</summary>
    public const string Connection = "AzureWebJobsStorage";

    public const string EventsTable = "WebhookEvents";
    public const string JobsTable = "GenerationJobs";
    public const string IndexTable = "UnfinishedEvents";
    public const string AssetsContainer = "assets";
    public const string RawEventsContainer = "raw-events";
}
