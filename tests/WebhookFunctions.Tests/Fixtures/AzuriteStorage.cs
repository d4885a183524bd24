using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Factory of clients and stores for the app's tables and containers in the shared Azurite.</summary>
internal static class AzuriteStorage
{
    /// <summary>Creates every table and container, and returns the clients. <paramref name="policy"/> gets each request to a table.</summary>
    public static async Task<StorageClients> StorageAsync(this AzuriteFixture azurite, HttpPipelinePolicy? policy = null) =>
        await StorageAsync(await azurite.ConnectionStringAsync(), policy);

    /// <summary>Does the same in the account of a connection string.</summary>
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

    /// <summary>Returns the index of events in these tables.</summary>
    public static EventIndex OpenIndex(this StorageClients storage) => new(storage, NullLogger<EventIndex>.Instance);

    /// <summary>Returns the store of the bodies in this account.</summary>
    public static RawEventStore OpenRawEvents(this StorageClients storage) => new(storage, NullLogger<RawEventStore>.Instance);

    /// <summary>Returns the store of the events in these tables.</summary>
    public static EventStore OpenEvents(this StorageClients storage) =>
        new(storage, storage.OpenIndex(), storage.OpenAnnouncements(), NullLogger<EventStore>.Instance);

    /// <summary>Returns the outbox of a deployment without notifications.</summary>
    public static EventAnnouncements OpenAnnouncements(this StorageClients storage) =>
        new(storage, AnnouncementRules.None, new NoDispatch(), TimeProvider.System);

    /// <summary>Returns the store of the notifications in these tables.</summary>
    public static NotificationStore OpenNotifications(this StorageClients storage) => new(storage, storage.OpenEvents(), storage.OpenIndex());

    private sealed class NoDispatch : INotificationDispatch
    {
        public Task SendAsync(EventRow @event, IReadOnlyList<NotificationRow> owed) => throw new InvalidOperationException("This deployment sends no notifications.");
    }
}
