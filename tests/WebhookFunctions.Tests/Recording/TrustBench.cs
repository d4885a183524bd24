using System.Collections.Concurrent;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Downloading;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Recovery;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Settings;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Recording;

/// <summary>
/// Bench with the app's recorder and downloads, a real Azurite, a provider whose API a test simulates, and queues that the bench empties.
/// </summary>
internal sealed class TrustBench : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly CapturingServiceBus _bus;
    private readonly Dictionary<string, int> _collected = [];
    private int _deliveries;

    private TrustBench(ServiceProvider services, CapturingServiceBus bus, TrustProvider provider, FakeTimeProvider clock) =>
        (_services, _bus, Provider, Clock) = (services, bus, provider, clock);

    public TrustProvider Provider { get; }

    public FakeTimeProvider Clock { get; }

    public HostileServer Source { get; } = new();

    public string Job { get; } = $"job-{Guid.NewGuid():n}";

    public List<Settlement.DeadLetter> DeadLetters { get; } = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private StorageClients Storage => Get<StorageClients>();

    public static async Task<TrustBench> CreateAsync(AzuriteFixture azurite)
    {
        var settings = new Dictionary<string, string?>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["AzureWebJobsStorage"] = await azurite.ConnectionStringAsync(),
            ["Assets:AllowLoopback"] = "true",
        };
        var (bus, provider, clock) = (new CapturingServiceBus(), new TrustProvider(), new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        await azurite.StorageAsync();
        return new TrustBench(
            AppServices.Compose(
                settings, bus, services => services.AddSingleton<TimeProvider>(clock).AddSingleton<IProviderFactory>(new TrustProviderFactory(provider))),
            bus,
            provider,
            clock);
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>
    /// Returns the message of an event of the bench's job with the asset <c>video</c>. The body of a confirmed event does not matter, because the API
    /// answers about it.
    /// </summary>
    public EventMessage Event(string id, Assurance assurance, JobStatus status, string? link = null, DateTimeOffset? at = null)
    {
        if (assurance == Assurance.Confirmed)
        {
            Provider.Api[Job] = TrustProvider.Describe(Job, status, link);
        }

        var isWrongAnswer = assurance == Assurance.Confirmed;
        return new EventMessage
        {
            Key = EventKey.Create(TrustProvider.ProviderName, $"{Job}-{id}"),
            Coverage = SignatureCoverage.EventIdOnly,
            HasToken = assurance == Assurance.Signed,
            IsSharedKey = true,
            ReceivedAt = Clock.GetUtcNow(),
            Body = BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(new
            {
                job = Job,
                askable = assurance == Assurance.Confirmed,
                status = isWrongAnswer ? nameof(JobStatus.Cancelled) : status.ToString(),
                at,
                link = isWrongAnswer ? Source.Url("/lie") : link,
            })),
        };
    }

    /// <summary>Processes an event and all messages that it leads to.</summary>
    public async Task ProcessAsync(EventMessage message)
    {
        await SettleAsync(await Get<EventRecorder>().ProcessAsync(message, new MessageDelivery(++_deliveries, "lock", 1), Cancel));
        await DrainAsync();
    }

    /// <summary>Makes the queue of downloads unavailable, or available again.</summary>
    public void SetDownloadsUnavailable(bool areUnavailable) => _bus.Sender(QueueNames.AssetDownloads).BeforeSend = areUnavailable
        ? static _ => throw new ServiceBusException(true, "Away.")
        : static _ => Task.CompletedTask;

    /// <summary>Refetches an event, as an operator does, and processes all messages.</summary>
    public async Task RefetchAsync(string id)
    {
        await Get<EventRefetch>().RunAsync(TrustProvider.ProviderName, $"{Job}-{id}", Cancel);
        await DrainAsync();
    }

    /// <summary>Redelivers the message of an asset.</summary>
    public async Task RedeliverAsync(string id, AssetRow asset, string link)
    {
        var message = new AssetMessage
        {
            Event = EventKey.Create(TrustProvider.ProviderName, $"{Job}-{id}"),
            Row = asset.RowKey,
            JobId = Job,
            Source = new AssetSource { Name = asset.Name, Url = link },
            Assurance = Assurance.Signed,
            ReceivedAt = Clock.GetUtcNow(),
            QueuedAt = Clock.GetUtcNow() - TimeSpan.FromDays(30),
        };
        await SettleAsync(await Get<AssetProcessor>().ProcessAsync(message, new MessageDelivery(++_deliveries, "lock", 1), Cancel));
    }

    /// <summary>Gets the number of scheduled messages.</summary>
    public int Scheduled => ((string[])[QueueNames.WebhookEvents, QueueNames.AssetDownloads])
        .Sum(queue => _bus.Sender(queue).Sent.Count(message => message.ScheduledEnqueueTime > Clock.GetUtcNow()));

    public async Task<EventRow> RowAsync(string id) => (await Get<EventStore>().FindAsync(Key(id), Cancel))!;

    public async Task<IReadOnlyList<AssetRow>> AssetsAsync(string id) => await Get<EventStore>().AssetsAsync(Key(id), Cancel).ToListAsync(Cancel);

    public async Task<TableEntity> JobRowAsync() => (await Get<JobStore>().FindAsync(TrustProvider.ProviderName, Job, Cancel))!;

    /// <summary>Returns the blob name that was decided for the job's asset <c>video</c>, without its prefix; null if there is none.</summary>
    public async Task<string?> NameAsync() =>
        (await Get<AssetNames>().FindAsync(TrustProvider.ProviderName, Job, TrustProvider.Asset, Cancel))?[Prefix.Length..];

    /// <summary>Returns the contents of the job's blobs, by their names without the prefix.</summary>
    public async Task<IReadOnlyDictionary<string, string>> BlobsAsync()
    {
        var found = new Dictionary<string, string>();
        await foreach (var blob in Storage.Assets.GetBlobsAsync(BlobTraits.None, BlobStates.None, Prefix, Cancel))
        {
            var content = (await Storage.Assets.GetBlobClient(blob.Name).DownloadContentAsync(Cancel)).Value.Content.ToArray();
            found.Add(blob.Name[Prefix.Length..], System.Text.Encoding.ASCII.GetString(content[^1..]));
        }

        return found;
    }

    /// <summary>Serves a file whose last byte is <paramref name="mark"/>, and returns its link.</summary>
    public string Serve(char mark, string contentType) =>
        Source.Serve($"/{mark}", [.. contentType == "video/mp4" ? "\0\0\0\u0018ftypisom"u8 : "OggS\0\0\0\0\0\0\0\0"u8, .. new byte[50], (byte)mark], contentType);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Source.DisposeAsync();
    }

    private string Prefix => BlobNames.JobPrefix(TrustProvider.ProviderName, Job);

    private string Key(string id) => EventKey.Create(TrustProvider.ProviderName, $"{Job}-{id}").PartitionKey;

    private async Task DrainAsync()
    {
        for (var isBusy = true; isBusy;)
        {
            isBusy = false;
            foreach (var message in Next(QueueNames.WebhookEvents))
            {
                isBusy = true;
                await SettleAsync(await Get<EventRecorder>().ProcessAsync(EventMessage.TryRead(message)!, new MessageDelivery(++_deliveries, "lock", 1), Cancel));
            }

            foreach (var message in Next(QueueNames.AssetDownloads))
            {
                isBusy = true;
                var delivery = new MessageDelivery(++_deliveries, Guid.NewGuid().ToString(), 1);
                await SettleAsync(await Get<AssetProcessor>().ProcessAsync(AssetMessage.TryRead(message)!, delivery, Cancel));
            }
        }
    }

    // Messages that are scheduled for later are not returned.
    private List<ServiceBusReceivedMessage> Next(string queue)
    {
        var sent = _bus.Sender(queue).Sent.Skip(_collected.GetValueOrDefault(queue)).ToList();
        _collected[queue] = _collected.GetValueOrDefault(queue) + sent.Count;
        return
        [
            .. sent.Where(message => message.ScheduledEnqueueTime <= Clock.GetUtcNow()).Select(message => ServiceBusModelFactory.ServiceBusReceivedMessage(
                body: message.Body, messageId: message.MessageId, contentType: message.ContentType, properties: message.ApplicationProperties)),
        ];
    }

    private Task SettleAsync(Settlement outcome)
    {
        if (outcome is Settlement.DeadLetter letter)
        {
            DeadLetters.Add(letter);
        }

        return Task.CompletedTask;
    }
}

/// <summary>Provider whose events contain their interpretation, and whose API a test simulates.</summary>
internal sealed class TrustProvider : WebhookProvider
{
    public const string ProviderName = "trust";
    public const string Asset = "video";

    /// <summary>Gets the API's answers by job.</summary>
    public ConcurrentDictionary<string, GenerationEvent> Api { get; } = new();

    /// <summary>Gets or sets whether a key for the API is configured.</summary>
    public bool HasKey { get; set; } = true;

    public override string Name => ProviderName;

    public override IReadOnlyList<WebhookEndpoint> Endpoints => [];

    public override IReadOnlyList<string> AssetHosts => ["127.0.0.1"];

    public override string? Identify(WebhookRequest request) => null;

    public override GenerationEvent Interpret(ReceivedEvent received) => Describe(
        received.Body.Text("job")!, Enum.Parse<JobStatus>(received.Body.Text("status")!), received.Body.Text("link"), received.Body.FirstTime("at"));

    public static GenerationEvent Describe(string job, JobStatus status, string? link, DateTimeOffset? at = null) => new()
    {
        EventType = "trust",
        JobId = job,
        Status = status,
        ProviderStatus = status.ToString(),
        OccurredAt = at,
        Assets = link is null ? [] : [new AssetSource { Name = Asset, Url = link }],
    };

    public override ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken) =>
        !HasKey || !received.Body.GetProperty("askable").GetBoolean() ? base.ConfirmAsync(received, generation, cancellationToken)
        : ValueTask.FromResult(Api.TryGetValue(generation.JobId!, out var job) ? Confirmation.Confirmed(job) : new Confirmation.Denied("No such job."));
}

internal sealed class TrustProviderFactory(TrustProvider provider) : IProviderFactory
{
    public string Name => provider.Name;

    public WebhookProvider Create(ProviderSettings settings) => provider;
}
