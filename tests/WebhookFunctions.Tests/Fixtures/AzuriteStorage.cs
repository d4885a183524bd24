using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>The app's tables and containers in the shared Azurite.</summary>
internal static class AzuriteStorage
{
    /// <summary>The clients, with every table and container made. <paramref name="policy"/> sees each request to a table.</summary>
    public static async Task<StorageClients> StorageAsync(this AzuriteFixture azurite, HttpPipelinePolicy? policy = null) =>
        await StorageAsync(await azurite.ConnectionStringAsync(), policy);

    /// <summary>The same in the account of that connection string.</summary>
    public static async Task<StorageClients> StorageAsync(string account, HttpPipelinePolicy? policy = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var options = new TableClientOptions();
        if (policy is not null)
        {
            options.AddPolicy(policy, HttpPipelinePosition.PerRetry);
        }

        var storage = new StorageClients(
            new TableServiceClient(account, options),
            new BlobServiceClient(account, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06)));
        await storage.Events.CreateIfNotExistsAsync(cancellationToken);
        await storage.Jobs.CreateIfNotExistsAsync(cancellationToken);
        await storage.Index.CreateIfNotExistsAsync(cancellationToken);
        await storage.Assets.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await storage.RawEvents.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        return storage;
    }

    /// <summary>The index that these tables have.</summary>
    public static EventIndex OpenIndex(this StorageClients storage) => new(storage, NullLogger<EventIndex>.Instance);

    /// <summary>The bodies in this account.</summary>
    public static RawEventStore OpenRawEvents(this StorageClients storage) => new(storage, NullLogger<RawEventStore>.Instance);

    /// <summary>The events that these tables have.</summary>
    public static EventStore OpenEvents(this StorageClients storage) =>
        new(storage, storage.OpenIndex(), storage.OpenAnnouncements(), NullLogger<EventStore>.Instance);

    /// <summary>The outbox of a deployment that announces nothing.</summary>
    public static EventAnnouncements OpenAnnouncements(this StorageClients storage) =>
        new(storage, AnnouncementRules.None, new NoDispatch(), TimeProvider.System);

    /// <summary>The notifications that these tables have.</summary>
    public static NotificationStore OpenNotifications(this StorageClients storage) => new(storage, storage.OpenEvents(), storage.OpenIndex());

    private sealed class NoDispatch : INotificationDispatch
    {
        public Task SendAsync(EventRow @event, IReadOnlyList<NotificationRow> owed) => throw new InvalidOperationException("Nothing is announced.");
    }
}
