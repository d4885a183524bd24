using System.Text.Json;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using LocalHost.Samples;
using LocalHost.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

[Collection(SecondOperatorCollection.Name)]
public sealed class MaintenanceTests(AzuriteFixture azurite, OperatorStorage storage, SharedBench shared) : IClassFixture<SharedBench>
{
    private static readonly byte[] Video = [.. "\0\0\0\u0018ftypisom"u8, .. new byte[2000]];

    [Theory]
    [InlineData("MaxDeliveryCountExceeded")]
    [InlineData("TTLExpiredException")]
    public async Task An_event_that_the_broker_dead_letters_is_re_driven_and_no_row_shows_a_failure(string reason)
    {
        using var directory = new TemporaryDirectory();
        var account = await azurite.NewAccountAsync();
        var id = $"id-{Guid.NewGuid():n}";
        var message = Event(id, $"job-{Guid.NewGuid():n}", "https://media.example/v.mp4", TimeProvider.System.GetUtcNow());
        await DeadLetterAsync(directory.Path, QueueNames.WebhookEvents, InBroker(message.ToMessage()), reason);
        await using var bench = await OperatorBench.StartAsync(account, brokerDirectory: directory.Path);

        await bench.RunMaintenanceAsync();

        Assert.Null(await bench.Events.FindAsync(message.Key.PartitionKey, Cancel));
        var (again, redrive) = await RedrivenAsync(bench, QueueNames.WebhookEvents, message => EventMessage.TryRead(message)!.Redrive);
        Assert.NotEqual(message.ToMessage().MessageId, again.MessageId);
        Assert.Equal(message.Body.ToArray(), again.Body.ToArray());
        Assert.Equal(1, redrive!.Count);
    }

    [Theory]
    [InlineData("MaxDeliveryCountExceeded")]
    [InlineData("TTLExpiredException")]
    public async Task An_asset_that_the_broker_dead_letters_is_re_driven_and_its_row_says_so(string reason)
    {
        using var directory = new TemporaryDirectory();
        var account = await azurite.NewAccountAsync();
        var id = $"id-{Guid.NewGuid():n}";
        var old = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1);
        var (key, asset) = await OldEventAsync(account, id, "https://media.example/v.mp4", old, EventState.Downloading);
        await DeadLetterAsync(directory.Path, QueueNames.AssetDownloads, InBroker(asset.ToMessage()), reason);
        await using var bench = await OperatorBench.StartAsync(account, brokerDirectory: directory.Path);

        await bench.RunMaintenanceAsync();

        var (again, redrive) = await RedrivenAsync(bench, QueueNames.AssetDownloads, message => AssetMessage.TryRead(message)!.Redrive);
        Assert.Equal(1, redrive!.Count);
        var row = (await bench.Events.FindAssetAsync(key.PartitionKey, asset.Row, Cancel))!;
        Assert.Equal(AssetState.Pending, row.State);
        Assert.Equal(0, (again.ScheduledEnqueueTime - row.NextAttemptAt!.Value).TotalSeconds, tolerance: 1);
        Assert.Contains(reason, row.LastError, StringComparison.Ordinal);

        // The sweep of the same run and that of the next one find that its message is scheduled.
        await bench.RunMaintenanceAsync();
        var counts = await bench.App.GetCountsAsync(QueueNames.AssetDownloads, Cancel);
        Assert.Equal(1, counts.Active + counts.Scheduled);
    }

    [Theory]
    [InlineData("MaxDeliveryCountExceeded")]
    [InlineData("TTLExpiredException")]
    public async Task An_event_that_the_broker_dead_letters_for_a_day_gets_a_row_that_says_so_and_a_replay_records_it(string reason)
    {
        using var directory = new TemporaryDirectory();
        var account = await azurite.NewAccountAsync();
        var id = $"id-{Guid.NewGuid():n}";
        await using var source = new Downloading.HostileServer();
        var job = $"job-{Guid.NewGuid():n}";
        var message = Event(id, job, source.Serve("/video", Video), TimeProvider.System.GetUtcNow()).Redriven(LongAgo);
        await DeadLetterAsync(directory.Path, QueueNames.WebhookEvents, InBroker(message.ToMessage()), reason);
        await using var bench = await OperatorBench.StartAsync(account, brokerDirectory: directory.Path);

        await bench.RunMaintenanceAsync();

        var row = await bench.EventAsync(id, row => row.State == EventState.Failed);
        Assert.Equal((reason, job), (row.Entity.GetString("ErrorCode"), row.JobId));
        Assert.Equal(1, await bench.ReplayAllAsync(QueueNames.WebhookEvents));
        Assert.Equal(1, (await bench.EventAsync(id, found => found.State == EventState.Completed)).AssetsStored);
    }

    [Theory]
    [InlineData("MaxDeliveryCountExceeded")]
    [InlineData("TTLExpiredException")]
    public async Task An_asset_that_the_broker_dead_letters_for_a_day_is_failed_with_the_brokers_reason(string reason)
    {
        using var directory = new TemporaryDirectory();
        var account = await azurite.NewAccountAsync();
        var id = $"id-{Guid.NewGuid():n}";
        var old = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1);
        await using var source = new Downloading.HostileServer();
        var (key, asset) = await OldEventAsync(account, id, source.Serve("/video", Video), old, EventState.Downloading);
        await DeadLetterAsync(directory.Path, QueueNames.AssetDownloads, InBroker(asset.Redriven(LongAgo, old).ToMessage()), reason);
        await using var bench = await OperatorBench.StartAsync(account, brokerDirectory: directory.Path);

        await bench.RunMaintenanceAsync();

        await bench.EventAsync(id, row => row.State == EventState.CompletedWithFailures);
        var row = await bench.Events.FindAssetAsync(key.PartitionKey, asset.Row, Cancel);
        Assert.Equal((AssetState.Failed, reason), (row!.State, row.ErrorCode));
        Assert.Equal(1, await bench.ReplayAllAsync(QueueNames.AssetDownloads));
        Assert.Equal((1, 0), Counts(await bench.EventAsync(id, found => found.State == EventState.Completed)));
    }

    [Fact]
    public async Task An_event_all_of_whose_assets_have_ended_is_settled()
    {
        var id = $"id-{Guid.NewGuid():n}";
        var old = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1);
        var (key, asset) = await OldEventAsync(storage.ConnectionString, id, "https://media.example/v.mp4", old, EventState.Downloading);
        var bench = await shared.GetAsync();
        var row = (await bench.Events.FindAssetAsync(key.PartitionKey, asset.Row, Cancel))!;
        row.State = AssetState.Stored;
        Assert.Equal(WriteResult.Written, await bench.Events.UpdateAsync(row, Cancel));

        await bench.RunMaintenanceAsync();

        Assert.Equal((1, 0), Counts(await bench.EventAsync(id, found => found.State == EventState.Completed)));
        Assert.Equal(0, (await bench.App.GetCountsAsync(QueueNames.AssetDownloads, Cancel)).Active);
    }

    [Theory]
    [InlineData(EventState.Received)]
    [InlineData(EventState.Downloading)]
    public async Task Work_without_a_pending_message_is_re_enqueued(EventState state)
    {
        var id = $"id-{Guid.NewGuid():n}";
        await using var source = new Downloading.HostileServer();
        await OldEventAsync(storage.ConnectionString, id, source.Serve("/video", Video), TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1), state);
        var bench = await shared.GetAsync();

        await bench.RunMaintenanceAsync();

        Assert.Equal((1, 0), Counts(await bench.EventAsync(id, row => row.State == EventState.Completed)));
        Assert.Single(source.Requests);
    }

    [Fact]
    public async Task Work_with_a_scheduled_message_is_neither_re_enqueued_nor_failed_by_an_older_dead_letter_however_old_its_row_is()
    {
        using var directory = new TemporaryDirectory();
        var account = await azurite.NewAccountAsync();
        var id = $"id-{Guid.NewGuid():n}";
        var old = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1);
        var (key, asset) = await OldEventAsync(account, id, "https://media.example/v.mp4", old, EventState.Downloading);
        await DeadLetterAsync(directory.Path, QueueNames.AssetDownloads, InBroker(asset.ToMessage()));
        await using var bench = await OperatorBench.StartAsync(account, brokerDirectory: directory.Path);
        await using var client = new ServiceBusClient(bench.App.AmqpConnectionString);
        await client.CreateSender(QueueNames.AssetDownloads).ScheduleMessageAsync(
            asset.Replayed(1, 1, old).ToMessage(), TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1), Cancel);

        await bench.RunMaintenanceAsync();

        var counts = await bench.App.GetCountsAsync(QueueNames.AssetDownloads, Cancel);
        Assert.Equal((0, 1, 1), (counts.Active, counts.Scheduled, counts.DeadLetters));
        Assert.Equal(AssetState.Pending, (await bench.Events.FindAssetAsync(key.PartitionKey, asset.Row, Cancel))!.State);
        Assert.Equal(EventState.Downloading, (await bench.EventAsync(id, _ => true)).State);
    }

    [Fact]
    public async Task Recent_or_scheduled_work_is_not_changed()
    {
        var id = $"id-{Guid.NewGuid():n}";
        await using var source = new Downloading.HostileServer();
        await OldEventAsync(
            storage.ConnectionString, id, source.Serve("/video", Video), TimeProvider.System.GetUtcNow() - StalledEventDetector.Grace / 2, EventState.Downloading);
        var bench = await shared.GetAsync();

        await bench.RunMaintenanceAsync();

        Assert.Equal(0, (await bench.App.GetCountsAsync(QueueNames.AssetDownloads, Cancel)).Active);
        Assert.Equal(EventState.Downloading, (await bench.EventAsync(id, _ => true)).State);
        Assert.Empty(source.Requests);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Redrive LongAgo => new(30, TimeProvider.System.GetUtcNow() - Redrive.RedriveFor, 7);

    private static (int Stored, int Failed) Counts(EventRow row) => (row.AssetsStored, row.AssetsFailed);

    /// <summary>Waits until no dead letter is left, and returns the only message of a queue, which must be scheduled in a minute.</summary>
    private static async Task<(ServiceBusReceivedMessage Message, Redrive? Redrive)> RedrivenAsync(
        OperatorBench bench, string queue, Func<ServiceBusReceivedMessage, Redrive?> read)
    {
        var counts = await bench.App.GetCountsAsync(queue, Cancel);
        Assert.Equal((0, 1), (counts.DeadLetters, counts.Active + counts.Scheduled));
        await using var client = new ServiceBusClient(bench.App.AmqpConnectionString);
        var message = await client.CreateReceiver(queue).PeekMessageAsync(cancellationToken: Cancel);
        Assert.InRange(message.ScheduledEnqueueTime - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(-60), TimeSpan.FromSeconds(60));
        return (message, read(message));
    }

    private static EventMessage Event(string id, string job, string link, DateTimeOffset receivedAt) => new()
    {
        Key = EventKey.Create("gemini", id),
        Coverage = SignatureCoverage.RawBody,
        ReceivedAt = receivedAt,
        Body = BinaryData.FromObjectAsJson(new { type = "video.generated", data = new { id = job, output_file_uri = link } }),
    };

    private static BrokerMessage InBroker(ServiceBusMessage message) => new()
    {
        Body = message.Body.ToMemory(),
        MessageId = message.MessageId,
        ContentType = message.ContentType,
        ApplicationProperties = message.ApplicationProperties.ToDictionary(property => property.Key, property => (object?)property.Value),
    };

    /// <summary>Makes the broker dead-letter a message for a reason.</summary>
    private static Task DeadLetterAsync(string directory, string queue, BrokerMessage message, string reason) =>
        reason == "TTLExpiredException" ? ExpireAsync(directory, queue, message) : ExhaustAsync(directory, queue, message);

    /// <summary>Receives and abandons a message until it is dead-lettered.</summary>
    private static async Task ExhaustAsync(string directory, string queue, BrokerMessage message)
    {
        await using var broker = Open(directory, TimeProvider.System, maxDeliveries: 1);
        await broker.SendAsync(queue, [message], Cancel);
        while ((await broker.GetCountsAsync(queue, Cancel)).Active > 0)
        {
            foreach (var received in await broker.ReceiveAsync(queue, 1, TimeSpan.FromSeconds(5), cancellationToken: Cancel))
            {
                await broker.AbandonAsync(queue, received.LockToken!.Value, cancellationToken: Cancel);
            }
        }
    }

    /// <summary>Dead-letters a message as a person does, without a reason of the broker.</summary>
    private static async Task DeadLetterAsync(string directory, string queue, BrokerMessage message)
    {
        await using var broker = Open(directory, TimeProvider.System, maxDeliveries: 10);
        await broker.SendAsync(queue, [message], Cancel);
        var received = Assert.Single(await broker.ReceiveAsync(queue, 1, TimeSpan.FromSeconds(5), cancellationToken: Cancel));
        await broker.DeadLetterAsync(queue, received.LockToken!.Value, cancellationToken: Cancel);
    }

    /// <summary>Leaves a message in its queue until it expires.</summary>
    private static async Task ExpireAsync(string directory, string queue, BrokerMessage message)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(30));
        await using var broker = Open(directory, clock, maxDeliveries: QueueOptions.LargestMaxDeliveryCount);
        await broker.SendAsync(queue, [message], Cancel);
        clock.Advance(TimeSpan.FromDays(15));
        await Eventually.TrueAsync(async () => (await broker.GetCountsAsync(queue, Cancel)).DeadLetters == 1, "The expiry of the message");
    }

    private static EmbeddedBroker Open(string directory, TimeProvider clock, int maxDeliveries) => EmbeddedBroker.Open(new BrokerOptions
    {
        DataDirectory = directory,
        Queues = [.. QueueDefinitions.All.Select(queue => queue with { MaxDeliveryCount = maxDeliveries })],
        TimeProvider = clock,
    });

    /// <summary>Creates the rows that a process left that crashed at <paramref name="at"/>, without any message.</summary>
    private static async Task<(EventKey Key, AssetMessage Asset)> OldEventAsync(
        string account, string id, string link, DateTimeOffset at, EventState state)
    {
        await AzuriteStorage.StorageAsync(account);
        await using var app = AppServices.Compose(
            new GeminiSamples().NewKeys().Settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))
                .Append(new("AzureWebJobsStorage", account)).ToDictionary(),
            new CapturingServiceBus());
        var events = app.GetRequiredService<EventStore>();
        var message = Event(id, $"job-{Guid.NewGuid():n}", link, at);
        await app.GetRequiredService<RawEventStore>().WriteAsync(message.Key, message.Body, message.Receipt, Cancel);
        using var document = Document(message);
        app.GetRequiredService<ProviderCatalog>().TryGet("gemini", out var provider);
        var received = message.ToReceived(document.RootElement);
        var generation = provider!.InterpretAny(received);
        var origin = new AssetOrigin(message.Key, generation.JobId!, generation.Assurance, at);
        var row = EventRow.Create(received, generation, RawEventStore.NameOf(message.Key), at);
        Assert.Equal(WriteResult.Written, await events.InsertAsync(
            row, [AssetRow.Create(message.Key.PartitionKey, 0, generation.Assets[0], generation.Assurance, at)], Cancel));
        if (state == EventState.Downloading)
        {
            row = (await events.FindAsync(message.Key.PartitionKey, Cancel))!;
            Assert.Equal(WriteResult.Written, await events.UpdateAsync(row.WithStateFromCounts(at), Cancel));
        }

        return (message.Key, app.GetRequiredService<AssetDispatch>().Messages(origin, NumberedAsset.From(generation.Assets))[0]);
    }

    private static JsonDocument Document(EventMessage message) => EventJson.TryParse(message.Body.ToMemory())!;
}
