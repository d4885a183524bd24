using System.Globalization;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Bench with the app's services, a real Azurite, an event with assets, and a queue that only records messages.</summary>
internal sealed class AssetBench : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private int _deliveries;

    private AssetBench(ServiceProvider services, CapturingServiceBus broker, TestProvider provider)
    {
        (_services, Broker, Provider) = (services, broker, provider);
        NewEvent();
        JobId = Key.WebhookId;
    }

    public EventKey Key { get; private set; } = null!;

    public string JobId { get; }

    public CapturingServiceBus Broker { get; }

    public CapturingSender Queue => Broker.Sender(QueueNames.AssetDownloads);

    public TestProvider Provider { get; }

    public AssetProcessor Processor => Get<AssetProcessor>();

    public StorageClients Storage => Get<StorageClients>();

    public EventStore Events => Get<EventStore>();

    /// <summary>Creates the bench with settings (<c>Assets:…</c>) that make the tests faster, and with the given ones.</summary>
    public static async Task<AssetBench> CreateAsync(
        AzuriteFixture azurite, IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? replace = null)
    {
        var defaults = new Dictionary<string, string?>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["AzureWebJobsStorage"] = await azurite.ConnectionStringAsync(),
            ["Assets:AllowLoopback"] = "true",
            ["Assets:BlockBytes"] = (64 * 1024).ToString(CultureInfo.InvariantCulture),
            ["Assets:MaxBytes"] = (16 * 1024 * 1024).ToString(CultureInfo.InvariantCulture),
        };
        var broker = new CapturingServiceBus();
        var provider = new TestProvider();
        var services = AppServices.Compose(
            defaults,
            broker,
            services =>
            {
                services.AddSingleton<IProviderFactory>(new TestProviderFactory(provider));
                replace?.Invoke(services);
            },
            settings);
        var bench = new AssetBench(services, broker, provider);
        await azurite.StorageAsync();
        return bench;
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Continues with another event of the same job.</summary>
    public void NewEvent() => Key = EventKey.Create(TestProvider.ProviderName, Guid.NewGuid().ToString());

    /// <summary>Records an event with one asset, and returns the asset's message.</summary>
    public async Task<AssetMessage> AnnounceAsync(AssetSource source, Assurance assurance = Assurance.Signed, TimeSpan age = default)
    {
        var clock = Get<TimeProvider>();
        var received = new ReceivedEvent(Key, SignatureCoverage.RawBody, clock.GetUtcNow() - age, default);
        var generation = new GenerationEvent { EventType = "test", JobId = JobId, Assurance = assurance, Assets = [source] };
        var row = EventRow.Create(received, generation, "none", clock.GetUtcNow());
        Assert.Equal(WriteResult.Written, await Events.InsertAsync(row, [AssetRow.Create(Key.PartitionKey, 0, source, assurance, clock.GetUtcNow())], default));
        var inserted = await Events.FindAsync(Key.PartitionKey, default);
        Assert.Equal(WriteResult.Written, await Events.UpdateAsync(inserted!.WithStateFromCounts(clock.GetUtcNow()), default));
        return new AssetMessage
        {
            Event = Key,
            Row = AssetRow.KeyOf(0),
            JobId = JobId,
            Source = source,
            Assurance = assurance,
            ReceivedAt = received.ReceivedAt,
            QueuedAt = received.ReceivedAt,
            FirstExpandedRow = source.Expands ? 1 : 0,
        };
    }

    /// <summary>Records an event with one link, and returns the asset's message.</summary>
    public Task<AssetMessage> AnnounceAsync(string url, Assurance assurance = Assurance.Signed) =>
        AnnounceAsync(new AssetSource { Name = "video", Url = url }, assurance);

    /// <summary>Delivers a message for the first time.</summary>
    public Task<Settlement> DeliverAsync(AssetMessage message) => DeliverAsync(message, NewDelivery());

    public Task<Settlement> DeliverAsync(AssetMessage message, MessageDelivery delivery) =>
        Processor.ProcessAsync(message, delivery, CancellationToken.None);

    /// <summary>Returns the first delivery of a new message.</summary>
    public MessageDelivery NewDelivery() => new(Interlocked.Increment(ref _deliveries), Guid.NewGuid().ToString(), 1);

    /// <summary>Returns the last message that was sent, as a receiver gets it.</summary>
    public AssetMessage Next() => Read(Queue.Sent[^1]);

    /// <summary>Returns a message that was sent, as a receiver gets it.</summary>
    public static AssetMessage Read(ServiceBusMessage sent) =>
        AssetMessage.TryRead(ServiceBusModelFactory.ServiceBusReceivedMessage(body: sent.Body, messageId: sent.MessageId))!;

    public async Task<AssetRow> RowAsync(int number = 0) => (await Events.FindAssetAsync(Key.PartitionKey, AssetRow.KeyOf(number), default))!;

    public async Task<EventRow> EventAsync() => (await Events.FindAsync(Key.PartitionKey, default))!;

    /// <summary>Returns the bytes of an asset's blob.</summary>
    public async Task<byte[]> BytesAsync(int number = 0) =>
        (await Storage.Assets.GetBlobClient((await RowAsync(number)).Blob).DownloadContentAsync()).Value.Content.ToArray();

    public async Task<BlobProperties> PropertiesAsync() => (await Storage.Assets.GetBlobClient((await RowAsync()).Blob).GetPropertiesAsync()).Value;

    /// <summary>Returns the names of the job's committed blobs.</summary>
    public async Task<IReadOnlyList<string>> BlobsAsync()
    {
        var names = new List<string>();
        await foreach (var blob in Storage.Assets.GetBlobsAsync(
            BlobTraits.None, BlobStates.None, BlobNames.JobPrefix(TestProvider.ProviderName, JobId), CancellationToken.None))
        {
            names.Add(blob.Name);
        }

        return names;
    }

    /// <summary>Returns the number of bytes that are staged but not committed under the asset's name.</summary>
    public async Task<long> StagedBytesAsync() =>
        (await Storage.Assets.GetBlockBlobClient((await RowAsync()).Blob).GetBlockListAsync(BlockListTypes.Uncommitted)).Value
            .UncommittedBlocks.Sum(block => block.SizeLong);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
