using System.Collections.Concurrent;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Downloading;
using WebhookFunctions.Hosting;
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
/// Recorder and downloads in the app's own composition, over a real Azurite, with a provider whose API a test plays and queues that it empties itself.
/// </summary>
internal sealed class TrustBench : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly CapturingServiceBus _bus;
    private readonly Dictionary<string, int> _taken = [];
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
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
                ["AzureWebJobsStorage"] = await azurite.ConnectionStringAsync(),
                ["Assets:AllowLoopback"] = "true",
            })
            .Build();
        var (bus, provider, clock) = (new CapturingServiceBus(), new TrustProvider(), new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        await azurite.StorageAsync();
        return new TrustBench(
            new ServiceCollection()
                .AddLogging()
                .AddSingleton<IConfiguration>(configuration)
                .AddSingleton<TimeProvider>(clock)
                .AddSingleton<ServiceBusClient>(bus)
                .AddSingleton<IProviderFactory>(new TrustProviderFactory(provider))
                .AddWebhookFunctions(configuration)
                .BuildServiceProvider(),
            bus,
            provider,
            clock);
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>
    /// An event of the bench's job that brings asset <c>video</c>. A confirmed one is like an unconfirmed one, but that the API can be asked about it:
    /// what it says itself is then of no account.
    /// </summary>
    public EventMessage Event(string id, Assurance assurance, JobStatus status, string? link = null, DateTimeOffset? at = null)
    {
        if (assurance == Assurance.Confirmed)
        {
            Provider.Api[Job] = TrustProvider.Say(Job, status, link);
        }

        var lies = assurance == Assurance.Confirmed;
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
                status = lies ? nameof(JobStatus.Cancelled) : status.ToString(),
                at,
                link = lies ? Source.Url("/lie") : link,
            })),
        };
    }

    /// <summary>Takes an event, and whatever it leads to, to its end.</summary>
    public async Task TakeAsync(EventMessage message)
    {
        await SettleAsync(await Get<EventRecorder>().ProcessAsync(message, new MessageDelivery(++_deliveries, "lock", 1), Cancel));
        await DrainAsync();
    }

    /// <summary>Lets every send to the queue of downloads fail, or succeed again.</summary>
    public void SetDownloadsAway(bool areAway) => _bus.Sender(QueueNames.AssetDownloads).BeforeSend = areAway
        ? static _ => throw new ServiceBusException(true, "Away.")
        : static _ => Task.CompletedTask;

    /// <summary>Asks for an event again, as an operator does, and takes it to its end.</summary>
    public async Task RefetchAsync(string id)
    {
        await Get<EventRefetch>().RunAsync(TrustProvider.ProviderName, $"{Job}-{id}", Cancel);
        await DrainAsync();
    }

    /// <summary>Delivers the message of an asset once more.</summary>
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

    /// <summary>How many messages wait for a time to come.</summary>
    public int Scheduled => ((string[])[QueueNames.WebhookEvents, QueueNames.AssetDownloads])
        .Sum(queue => _bus.Sender(queue).Sent.Count(message => message.ScheduledEnqueueTime > Clock.GetUtcNow()));

    public async Task<EventRow> RowAsync(string id) => (await Get<EventStore>().FindAsync(Key(id), Cancel))!;

    public async Task<IReadOnlyList<AssetRow>> AssetsAsync(string id) => await Get<EventStore>().AssetsAsync(Key(id), Cancel).ToListAsync(Cancel);

    public async Task<TableEntity> JobRowAsync() => (await Get<JobStore>().FindAsync(TrustProvider.ProviderName, Job, Cancel))!;

    /// <summary>The name that the job has for asset <c>video</c>, without its prefix; null where none is decided.</summary>
    public async Task<string?> NameAsync() =>
        (await Get<AssetNames>().FindAsync(TrustProvider.ProviderName, Job, TrustProvider.Asset, Cancel))?[Prefix.Length..];

    /// <summary>The blobs of the job, by their names without its prefix, and what they hold.</summary>
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

    /// <summary>A file of which the last byte is <paramref name="mark"/>, and whose extension follows from its type.</summary>
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

    // What is scheduled for later is left.
    private List<ServiceBusReceivedMessage> Next(string queue)
    {
        var sent = _bus.Sender(queue).Sent.Skip(_taken.GetValueOrDefault(queue)).ToList();
        _taken[queue] = _taken.GetValueOrDefault(queue) + sent.Count;
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

/// <summary>A provider whose events say what they are, and whose API a test plays.</summary>
internal sealed class TrustProvider : WebhookProvider
{
    public const string ProviderName = "trust";
    public const string Asset = "video";

    /// <summary>What the API says of each job.</summary>
    public ConcurrentDictionary<string, GenerationEvent> Api { get; } = new();

    /// <summary>Whether a key for the API is configured.</summary>
    public bool HasKey { get; set; } = true;

    public override string Name => ProviderName;

    public override IReadOnlyList<WebhookEndpoint> Endpoints => [];

    public override IReadOnlyList<string> AssetHosts => ["127.0.0.1"];

    public override string? Identify(WebhookRequest request) => null;

    public override GenerationEvent Interpret(ReceivedEvent received) => Say(
        received.Body.Text("job")!, Enum.Parse<JobStatus>(received.Body.Text("status")!), received.Body.Text("link"), received.Body.FirstTime("at"));

    public static GenerationEvent Say(string job, JobStatus status, string? link, DateTimeOffset? at = null) => new()
    {
        EventType = "trust",
        JobId = job,
        Status = status,
        ProviderStatus = status.ToString(),
        OccurredAt = at,
        Assets = link is null ? [] : [new AssetSource { Name = Asset, Url = link }],
    };

    public override ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent said, CancellationToken cancellationToken) =>
        !HasKey || !received.Body.GetProperty("askable").GetBoolean() ? base.ConfirmAsync(received, said, cancellationToken)
        : ValueTask.FromResult(Api.TryGetValue(said.JobId!, out var job) ? Confirmation.Confirmed(job) : new Confirmation.Denied("No such job."));
}

internal sealed class TrustProviderFactory(TrustProvider provider) : IProviderFactory
{
    public string Name => provider.Name;

    public WebhookProvider Create(ProviderSettings settings) => provider;
}
