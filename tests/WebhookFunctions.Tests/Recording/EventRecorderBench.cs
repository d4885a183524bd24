using System.Text;
using Azure.Core.Pipeline;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Recording;

/// <summary>Bench that records one event in the shared Azurite with a captured Service Bus, and a provider whose events contain the number of assets.</summary>
public abstract class EventRecorderBench(AzuriteFixture azurite) : IAsyncLifetime
{
    private protected CapturingServiceBus Bus { get; } = new();

    private protected ListProviderFactory Provider { get; } = new();

    /// <summary>Gets the clock of the app, which stands still. Otherwise a retry would become due while a slow machine runs a test.</summary>
    private protected FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

    private protected CapturedLogs Logs { get; } = new();

    /// <summary>Gets the webhook's id.</summary>
    private protected string Id { get; } = Guid.NewGuid().ToString("n");

    private protected StorageClients Storage { get; private set; } = null!;

    private protected ServiceProvider App { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Storage = await OpenStorageAsync();
        App = Services(Storage);
    }

    /// <summary>Opens the account of the bench, which is by default that of all tests.</summary>
    private protected virtual Task<StorageClients> OpenStorageAsync() => azurite.StorageAsync();

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected IEnumerable<string> SentAssets =>
        Bus.Sender(QueueNames.AssetDownloads).Sent.Select(message => (string)message.ApplicationProperties[MessageProperties.Asset]);

    // Unique, because all tests of the class share the table of jobs.
    private protected string Unreachable => $"unreachable-{Id}";

    private protected EventMessage Message(int assets, string jobId = "job") => new()
    {
        Key = EventKey.Create("list", Id),
        // The beginning of a job's id determines the API's answer.
        Coverage = jobId.Split('-')[0] is "denied" or "unreachable" or "unfinished" or "crowded" or "keyed" or "unasked"
            ? SignatureCoverage.SenderOnly
            : SignatureCoverage.RawBody,
        ReceivedAt = new DateTimeOffset(2026, 1, 22, 12, 0, 0, TimeSpan.Zero),
        Body = BinaryData.FromBytes(Encoding.UTF8.GetBytes($$"""{"job":"{{jobId}}","assets":{{assets}}}""")),
    };

    private protected static ServiceBusReceivedMessage Received(ServiceBusMessage message) => ServiceBusModelFactory.ServiceBusReceivedMessage(
        body: message.Body, messageId: message.MessageId, contentType: message.ContentType, properties: message.ApplicationProperties);

    private protected RawEventStore RawEvents => Storage.OpenRawEvents();

    /// <summary>Stores the body in a blob, and returns the message with a claim check, as the receiver sends it.</summary>
    private protected async Task<EventMessage> WithClaimCheckAsync(EventMessage message)
    {
        var (_, receipt) = await RawEvents.WriteAsync(message.Key, message.Body, message.Receipt, Cancel);
        return message.WithClaimCheck(RawEventStore.NameOf(message.Key), receipt);
    }

    /// <summary>Returns the only message that was scheduled for a retry.</summary>
    private protected EventMessage Retry() => EventMessage.TryRead(Received(Assert.Single(Bus.Sender(QueueNames.WebhookEvents).Sent)))!;

    private protected async Task<int> BlobsAsync() =>
        await Storage.RawEvents.GetBlobsAsync(BlobTraits.None, BlobStates.None, $"list/{Id}", Cancel).CountAsync(Cancel);

    /// <summary>Gets the time of a first attempt after which no further one is allowed.</summary>
    private protected DateTimeOffset ADayAgo => Clock.GetUtcNow() - RetrySchedule.RetryFor;

    private protected static MessageDelivery FirstDelivery { get; } = new(1, "lock", 1);

    private protected Task<Settlement> RecordAsync(EventMessage message) => RecordAsync(message, FirstDelivery);

    private protected Task<Settlement> RecordAsync(EventMessage message, MessageDelivery delivery) =>
        App.GetRequiredService<EventRecorder>().ProcessAsync(message, delivery, Cancel);

    private protected Task<DeadLetterRecording> RecordDeadLetterAsync(EventMessage message, DateTimeOffset enqueuedAt = default) =>
        App.GetRequiredService<EventFailure>().RecordDeadLetterAsync(message, enqueuedAt, "MaxDeliveryCountExceeded", "Ten deliveries.", Cancel);

    private protected Task EraseAsync(string job) => App.GetRequiredService<JobTombstones>().AddAsync("list", job, Cancel);

    private protected ValueTask<List<JobEvent>> JobEventsAsync(string job) =>
        App.GetRequiredService<JobEvents>().ListAsync("list", job, Cancel).ToListAsync(Cancel);

    private protected Task<EventRow?> RowAsync() => Storage.OpenEvents().FindAsync($"list:{Id}", Cancel);

    private protected async Task<List<AssetRow>> AssetsAsync() => await Storage.OpenEvents().AssetsAsync($"list:{Id}", Cancel).ToListAsync(Cancel);

    /// <summary>Returns the app's services with an unavailable table of events.</summary>
    private protected Task<ServiceProvider> WithoutTablesAsync() => WithPolicyAsync(new UnavailableTables());

    /// <summary>Returns the app's services with a policy that gets each request to a table.</summary>
    private protected async Task<ServiceProvider> WithPolicyAsync(HttpPipelinePolicy policy) => Services(await azurite.StorageAsync(policy));

    /// <summary>Gets the settings of the app.</summary>
    private protected virtual Dictionary<string, string?> Settings => [];

    private ServiceProvider Services(StorageClients storage) => AppServices.Compose(
        Settings, Bus, services => services
            .AddSingleton(storage).AddSingleton<IProviderFactory>(Provider).AddSingleton<TimeProvider>(Clock).AddSingleton<ILoggerProvider>(Logs));
}
