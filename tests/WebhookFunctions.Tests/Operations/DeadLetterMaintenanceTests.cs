using System.Diagnostics.Metrics;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.DeadLetters;
using WebhookFunctions.Operations.Erasure;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

/// <summary>
/// Tests that maintenance reaches every dead letter, whatever is before it, and that it does with each what its reason and its row demand. A wait
/// advances a simulated clock.
/// </summary>
public sealed class DeadLetterMaintenanceTests(AzuriteFixture azurite) : IDisposable
{
    // More than an operator's request gets past.
    private const int Many = 1_500;

    private const string ByBroker = nameof(DeadLetterReason.MaxDeliveryCountExceeded);

    private readonly SkippingClock _clock = new();
    private readonly CapturedLogs _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task A_dead_letter_by_the_broker_behind_many_others_is_re_driven()
    {
        await using var bench = await CreateAsync();
        var dead = Fill(bench, Many);
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), Many + 1, ByBroker));

        // Each run examines a thousand dead letters.
        await ReconcileAsync(bench);
        await ReconcileAsync(bench);

        Assert.Equal(Many, dead.Count);
        Assert.Equal(1, bench.Next().Redrive?.Count);
    }

    [Fact]
    public async Task The_dead_letter_of_an_erased_job_behind_many_others_is_removed_by_maintenance()
    {
        await using var bench = await CreateAsync();
        var dead = Fill(bench, Many);
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), Many + 1, "Gone"));
        var erasure = bench.Get<JobErasure>();

        var request = Json(await erasure.EraseAsync(TestProvider.ProviderName, bench.JobId, Cancel));
        Assert.Equal((0, true, Many + 1), (request.GetProperty("deadLetters").GetInt32(), request.GetProperty("more").GetBoolean(), dead.Count));
        await erasure.ContinueErasuresAsync(Cancel);

        Assert.Equal(Many, dead.Count);
        Assert.False(Json(await erasure.EraseAsync(TestProvider.ProviderName, bench.JobId, Cancel)).GetProperty("more").GetBoolean());
    }

    [Theory]
    [InlineData("sync", true)]
    [InlineData("replicate", false)]
    public async Task An_erasure_is_not_complete_while_the_provider_is_off_and_dead_letters_of_its_events_remain(string erased, bool more)
    {
        await using var bench = await CreateAsync();
        var message = new EventMessage
        {
            Key = EventKey.Create("sync", "id"),
            Coverage = SignatureCoverage.RawBody,
            ReceivedAt = _clock.GetUtcNow(),
            Body = BinaryData.FromString("""{"id":"job","status":"FAILED"}"""),
        };
        bench.Broker.DeadLetters(QueueNames.WebhookEvents).Add(Dead(message.ToMessage(), 1, ByBroker));

        Assert.Equal(more, Json(await bench.Get<JobErasure>().EraseAsync(erased, "job", Cancel)).GetProperty("more").GetBoolean());
    }

    [Fact]
    public async Task A_dead_letter_whose_erasure_was_interrupted_is_found_again_without_its_body()
    {
        await using var bench = await CreateAsync();
        // An event whose body names no job: the webhook id is the job.
        var message = new EventMessage
        {
            Key = bench.Key, Coverage = SignatureCoverage.RawBody, ReceivedAt = _clock.GetUtcNow(), Body = BinaryData.FromString("{}"),
        };
        var (_, receipt) = await bench.Get<RawEventStore>().WriteAsync(message.Key, message.Body, message.Receipt, Cancel);
        var dead = bench.Broker.DeadLetters(QueueNames.WebhookEvents);
        dead.Add(Dead(message.WithClaimCheck(RawEventStore.NameOf(message.Key), receipt).ToMessage(), 1, ByBroker));
        dead.CompletionFailure = new ServiceBusException("ended", ServiceBusFailureReason.ServiceCommunicationProblem);

        await Assert.ThrowsAsync<ServiceBusException>(() => bench.Get<JobErasure>().EraseAsync(message.Key.Provider, bench.JobId, Cancel));
        dead.CompletionFailure = null;
        await bench.Get<JobErasure>().EraseAsync(message.Key.Provider, bench.JobId, Cancel);

        Assert.Equal(0, dead.Count);
    }

    [Fact]
    public async Task An_erasure_is_not_complete_while_another_scan_holds_a_dead_letter_of_the_job()
    {
        await using var bench = await CreateAsync();
        var dead = bench.Broker.DeadLetters(QueueNames.AssetDownloads);
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 1, "Gone"));
        await dead.ReceiveMessagesAsync(1, cancellationToken: Cancel);

        Assert.True(Json(await bench.Get<JobErasure>().EraseAsync(TestProvider.ProviderName, bench.JobId, Cancel)).GetProperty("more").GetBoolean());
    }

    [Fact]
    public async Task A_request_leaves_the_replay_of_a_dead_letter_behind_many_others_to_maintenance()
    {
        await using var bench = await CreateAsync();
        var dead = Fill(bench, Many);
        var message = await AnnounceAsync(bench);
        await FailAsync(bench);
        dead.Add(Dead(message.ToMessage(), Many + 1, "Gone"));

        var answer = Json(await ReplayAsync(bench, Many + 1, 77_777));

        Assert.Equal((0, false), (answer.GetProperty("replayed").GetInt32(), answer.GetProperty("more").GetBoolean()));
        Assert.Equal([Many + 1], Numbers(answer, "later"));
        Assert.Equal([77_777], Numbers(answer, "notFound"));
        Assert.Equal(Many + 1, dead.Count);

        await ContinueReplaysAsync(bench);
        await ContinueReplaysAsync(bench);

        Assert.Equal(Many, dead.Count);
        Assert.Equal(message.Row, AssetMessage.TryRead(Dead(Assert.Single(bench.Queue.Sent), 1, ""))!.Row);
        Assert.Equal(AssetState.Pending, (await bench.RowAsync()).State);
        Assert.Empty(await bench.Get<PostponedReplays>().ListAsync(QueueNames.AssetDownloads, Cancel));
    }

    [Fact]
    public async Task A_request_that_advances_asks_for_a_repetition_and_leaves_nothing_to_maintenance()
    {
        await using var bench = await CreateAsync();
        var dead = bench.Broker.DeadLetters(QueueNames.AssetDownloads);
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 1, "Gone"));
        await FailAsync(bench);
        Fill(bench, Many, from: 2);
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), Many + 2, "Gone"));

        var answer = Json(await ReplayAsync(bench, 1, Many + 2));

        Assert.Equal((1, true), (answer.GetProperty("replayed").GetInt32(), answer.GetProperty("more").GetBoolean()));
        Assert.Empty(Numbers(answer, "later"));
        Assert.Empty(await bench.Get<PostponedReplays>().ListAsync(QueueNames.AssetDownloads, Cancel));
    }

    [Fact]
    public async Task A_dead_letter_that_another_scan_holds_is_left_to_maintenance_and_not_reported_as_missing()
    {
        await using var bench = await CreateAsync();
        var dead = bench.Broker.DeadLetters(QueueNames.AssetDownloads);
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 5, "Gone"));
        await FailAsync(bench);
        var held = await dead.ReceiveMessagesAsync(1, cancellationToken: Cancel);

        var answer = Json(await ReplayAsync(bench, 5));
        Assert.Equal([5], Numbers(answer, "later"));
        Assert.Empty(Numbers(answer, "notFound"));
        await ContinueReplaysAsync(bench);
        Assert.Empty(bench.Queue.Sent);

        await dead.AbandonMessageAsync(held[0], cancellationToken: Cancel);
        await ContinueReplaysAsync(bench);
        Assert.Single(bench.Queue.Sent);
    }

    [Fact]
    public async Task A_postponed_replay_of_a_dead_letter_that_does_not_exist_any_more_is_forgotten_without_a_scan()
    {
        await using var bench = await CreateAsync();
        Fill(bench, Many);
        await bench.Get<PostponedReplays>().AddAsync(QueueNames.AssetDownloads, [Many + 1], Cancel);

        await ContinueReplaysAsync(bench);

        Assert.Equal(TimeSpan.Zero, _clock.Elapsed);
        Assert.Empty(await bench.Get<PostponedReplays>().ListAsync(QueueNames.AssetDownloads, Cancel));
    }

    [Fact]
    public async Task A_postponed_replay_that_fails_does_not_block_the_others_and_is_retried()
    {
        await using var bench = await CreateAsync();
        var dead = bench.Broker.DeadLetters(QueueNames.AssetDownloads);
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 1, "Gone"));
        await SetStateAsync(bench, "Hibernating");
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 2, "Gone"));
        await FailAsync(bench);
        await bench.Get<PostponedReplays>().AddAsync(QueueNames.AssetDownloads, [1, 2], Cancel);

        await ContinueReplaysAsync(bench);

        Assert.Equal((1, 1), (dead.Count, bench.Queue.Sent.Count));
        Assert.Equal([1], await bench.Get<PostponedReplays>().ListAsync(QueueNames.AssetDownloads, Cancel));
    }

    [Theory]
    [InlineData("Moved")]
    [InlineData(ByBroker)]
    public async Task A_row_with_a_value_of_a_newer_version_is_left_for_it_and_does_not_block_the_other_dead_letters(string reason)
    {
        await using var bench = await CreateAsync();
        var dead = bench.Broker.DeadLetters(QueueNames.AssetDownloads);
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 1, reason));
        var unknown = bench.Key;
        await SetStateAsync(bench, "Hibernating");
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 2, "Moved"));
        var moved = bench.Key;
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 3, ByBroker));
        _clock.Skip(TimeSpan.FromHours(1));

        await ReconcileAsync(bench);

        Assert.Equal("Hibernating", (await EntityAsync(bench, unknown)).GetString("State"));
        Assert.Equal(AssetState.Failed, (await bench.Events.FindAssetAsync(moved.PartitionKey, AssetRow.KeyOf(0), Cancel))!.State);
        Assert.Equal((2, 3), (dead.Count, bench.Next().Redrive!.SequenceNumber));
        var line = Line("cannot examine");
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains($"asset-downloads: cannot examine the dead letter of geminigen {unknown.WebhookId}, job {bench.JobId}, asset video: ", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_its_provider_cannot_interpret_is_marked_as_failed_once_and_does_not_block_the_other_dead_letters()
    {
        await using var bench = await CreateAsync();
        bench.Provider.Interpretation = _ => throw new InvalidOperationException("A defect.");
        var dead = bench.Broker.DeadLetters(QueueNames.WebhookEvents);
        dead.Add(Dead(Event(bench).ToMessage(), 1, "Moved"));
        var broken = bench.Key;
        bench.NewEvent();
        dead.Add(Dead(Event(bench).ToMessage(), 2, ByBroker));

        await bench.Get<DeadLetterReconciler>().RunAsync(QueueNames.WebhookEvents, Cancel);
        await bench.Get<DeadLetterReconciler>().RunAsync(QueueNames.WebhookEvents, Cancel);

        Assert.Equal(1, dead.Count);
        Assert.Equal(2, EventMessage.TryRead(Dead(Assert.Single(bench.Broker.Sender(QueueNames.WebhookEvents).Sent), 3, ""))!.Redrive!.SequenceNumber);
        var line = Line("cannot be interpreted");
        Assert.Equal((LogLevel.Error, true), (line.Level, line.Text.Contains(nameof(InvalidOperationException), StringComparison.Ordinal)));
        Line($"webhook-events: the broker or a person dead-lettered the message of geminigen {broken.WebhookId}, job -");
        var row = (await bench.Events.FindAsync(broken.PartitionKey, Cancel))!;
        Assert.Equal((EventState.Failed, "Moved", broken.WebhookId), (row.State, row.Entity.GetString("ErrorCode"), row.JobId));
        var list = Json(await bench.Get<DeadLetterListing>().ListAsync(QueueNames.WebhookEvents, null, Cancel));
        Assert.Equal(broken.WebhookId, Assert.Single(list.GetProperty("messages").EnumerateArray()).GetProperty("webhookId").GetString());
    }

    [Theory]
    [InlineData("another-job", "", false)]
    [InlineData("job-one", "1", true)]
    // Any spelling of it.
    [InlineData("JOB-ONE", "1", true)]
    public async Task An_erasure_waits_only_for_uninterpretable_events_that_name_its_job_and_says_which(string erased, string unattributed, bool more)
    {
        await using var bench = await CreateAsync();
        bench.Provider.Interpretation = _ => throw new InvalidOperationException("A defect.");
        var message = Event(bench) with { Body = BinaryData.FromString("""{"data":[{"uuid":"job-one"}]}""") };
        bench.Broker.DeadLetters(QueueNames.WebhookEvents).Add(Dead(message.ToMessage(), 1, ByBroker));
        var erasure = bench.Get<JobErasure>();

        var answer = Json(await erasure.EraseAsync(TestProvider.ProviderName, erased, Cancel));
        _clock.Skip(JobErasure.FinalErasureDelay);
        await erasure.ContinueErasuresAsync(Cancel);
        await erasure.ContinueErasuresAsync(Cancel);

        Assert.Equal((more, unattributed), (answer.GetProperty("more").GetBoolean(), string.Join(", ", Numbers(answer, "unattributed"))));
        Assert.Equal(more ? 1 : 0, await ErasuresAsync(bench));
        Assert.Equal(more ? 1 : 0, _logs.Lines.Count(line => line.Text.Contains("cannot be interpreted: 1. An operator has to remove or replay them", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_operator_removes_an_event_that_cannot_be_interpreted_by_its_webhook_id()
    {
        await using var bench = await CreateAsync();
        bench.Provider.Interpretation = _ => throw new InvalidOperationException("A defect.");
        var (_, receipt) = await bench.Get<RawEventStore>().WriteAsync(bench.Key, BinaryData.FromString("{}"), Event(bench).Receipt, Cancel);
        var dead = bench.Broker.DeadLetters(QueueNames.WebhookEvents);
        dead.Add(Dead(Event(bench).WithClaimCheck(RawEventStore.NameOf(bench.Key), receipt).ToMessage(), 1, "Moved"));
        await bench.Get<DeadLetterReconciler>().RunAsync(QueueNames.WebhookEvents, Cancel);

        var answer = Json(await bench.Get<JobErasure>().EraseAsync(TestProvider.ProviderName, bench.Key.WebhookId, Cancel));

        Assert.Equal((false, 1), (answer.GetProperty("more").GetBoolean(), answer.GetProperty("deadLetters").GetInt32()));
        Assert.Equal(0, dead.Count);
        Assert.Null(await bench.Events.FindAsync(bench.Key.PartitionKey, Cancel));
        Assert.Null(await bench.Get<RawEventStore>().FindReceiptAsync(bench.Key, Cancel));
    }

    [Fact]
    public async Task A_queue_whose_dead_letters_cannot_be_read_does_not_block_the_other_queues()
    {
        await using var bench = await CreateAsync();
        bench.Broker.DeadLetters(QueueNames.WebhookEvents).Failure = new InvalidOperationException("A defect.");
        var dead = bench.Broker.DeadLetters(QueueNames.AssetDownloads);
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 1, ByBroker));

        await bench.Get<MaintenanceRun>().RunAsync(Cancel);

        Assert.Equal((0, 1), (dead.Count, bench.Queue.Sent.Count));
        Line("Maintenance could not reconcile the dead letters of webhook-events (InvalidOperationException)");
    }

    [Fact]
    public async Task A_message_that_cannot_be_re_driven_does_not_block_the_others()
    {
        await using var bench = await CreateAsync();
        var dead = bench.Broker.DeadLetters(QueueNames.AssetDownloads);
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 1, ByBroker));
        dead.Add(Dead((await AnnounceAsync(bench)).ToMessage(), 2, ByBroker));
        var isFirst = true;
        bench.Queue.BeforeSend = _ => Interlocked.Exchange(ref isFirst, false)
            ? Task.FromException(new ServiceBusException("Too large.", ServiceBusFailureReason.MessageSizeExceeded))
            : Task.CompletedTask;

        await ReconcileAsync(bench);

        Assert.Equal((1, 2), (dead.Count, bench.Next().Redrive!.SequenceNumber));
        Line("asset-downloads: cannot re-drive dead letter 1 (ServiceBusException (MessageSizeExceeded))");
    }

    [Fact]
    public async Task Each_re_drive_of_a_message_is_counted_and_waits_longer_than_the_last()
    {
        await using var bench = await CreateAsync();
        using var measured = new Measurements(bench.Get<IMeterFactory>());
        var dead = bench.Broker.DeadLetters(QueueNames.AssetDownloads);
        var message = (await AnnounceAsync(bench)).ToMessage();
        var found = _clock.GetUtcNow();
        for (var (time, minutes) = (1, 1); time <= 8; time++, minutes = Math.Min(minutes * 2, 60))
        {
            dead.Add(Dead(message, time, ByBroker));
            var now = _clock.GetUtcNow();

            await ReconcileAsync(bench);

            Assert.Equal((0, time), (dead.Count, bench.Queue.Sent.Count));
            message = bench.Queue.Sent[^1];
            Assert.Equal(new Redrive(time, found, time), bench.Next().Redrive);
            Assert.Equal(now + TimeSpan.FromMinutes(minutes), message.ScheduledEnqueueTime);
            Assert.Equal(message.ScheduledEnqueueTime, (await bench.RowAsync()).NextAttemptAt);
            _clock.Skip(TimeSpan.FromMinutes(minutes + 5));
        }

        Assert.Equal(
            Enumerable.Repeat($"messages.redriven {{message}} 1 queue=asset-downloads reason={ByBroker}", 8),
            measured.All.Select(each => each.ToString()).Where(each => each.StartsWith("messages.redriven", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_line_about_a_dead_letter_that_a_person_made_names_its_event_job_and_asset()
    {
        await using var bench = await CreateAsync();
        bench.Broker.DeadLetters(QueueNames.AssetDownloads).Add(Dead((await AnnounceAsync(bench)).ToMessage(), 1, "Moved"));
        _clock.Skip(TimeSpan.FromHours(1));

        await ReconcileAsync(bench);

        var line = Line("a person dead-lettered");
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.Contains(
            $"asset-downloads: the broker or a person dead-lettered the message of geminigen {bench.Key.WebhookId}, job {bench.JobId}, asset video: Moved. ",
            line.Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_asset_that_a_person_dead_lettered_fails_without_a_next_attempt_or_a_lease()
    {
        await using var bench = await CreateAsync();
        bench.Broker.DeadLetters(QueueNames.AssetDownloads).Add(Dead((await AnnounceAsync(bench)).ToMessage(), 1, "Moved"));
        var row = await bench.RowAsync();
        (row.State, row.NextAttemptAt) = (AssetState.Downloading, _clock.GetUtcNow());
        (row.LeaseOwner, row.LeaseExpiresAt) = ("1:lock", _clock.GetUtcNow());
        Assert.Equal(WriteResult.Written, await bench.Events.UpdateAsync(row, Cancel));
        _clock.Skip(TimeSpan.FromHours(1));

        await ReconcileAsync(bench);

        row = await bench.RowAsync();
        Assert.Equal((AssetState.Failed, "Moved", null, null), (row.State, row.ErrorCode, row.NextAttemptAt, row.LeaseOwner));
        Assert.Equal(EventState.CompletedWithFailures, (await bench.EventAsync()).State);
    }

    [Fact]
    public async Task A_replayed_event_that_the_broker_dead_letters_again_is_re_driven_and_then_failed_for_the_new_reason()
    {
        await using var bench = await CreateAsync();
        using var measured = new Measurements(bench.Get<IMeterFactory>());
        var dead = bench.Broker.DeadLetters(QueueNames.WebhookEvents);
        var message = Event(bench);
        var first = _clock.GetUtcNow();
        await bench.Get<EventFailure>().FailAsync(message, null, DeadLetterReason.InternalError, "A defect.", Cancel);
        _clock.Skip(TimeSpan.FromHours(1));

        // A broker's dead letter from before the failure stays for an operator.
        dead.Add(Dead(message.ToMessage(), 1, ByBroker, enqueuedAt: first));
        await ReconcileEventsAsync();
        Assert.Equal(1, dead.Count);

        dead.Add(Dead(message.Replayed(2).ToMessage(), 3, ByBroker, enqueuedAt: _clock.GetUtcNow()));
        await ReconcileEventsAsync();
        Assert.Equal(1, dead.Count);
        var again = EventMessage.TryRead(Dead(Assert.Single(bench.Broker.Sender(QueueNames.WebhookEvents).Sent), 4, ""))!;
        Assert.Equal(1, again.Redrive?.Count);
        Assert.Equal((EventState.Failed, "InternalError"), await FailureAsync());

        _clock.Skip(Redrive.RedriveFor);
        dead.Add(Dead(again.ToMessage(), 4, ByBroker, enqueuedAt: _clock.GetUtcNow() - TimeSpan.FromHours(1)));
        await ReconcileEventsAsync();
        await ReconcileEventsAsync();

        Assert.Equal((EventState.Failed, ByBroker), await FailureAsync());
        Assert.Single(measured.All, each => each.Instrument.Name == "messages.dead_lettered");
        Assert.Equal(2, dead.Count);

        Task ReconcileEventsAsync() => bench.Get<DeadLetterReconciler>().RunAsync(QueueNames.WebhookEvents, Cancel);

        async Task<(EventState, string)> FailureAsync() =>
            await bench.EventAsync() is var row ? (row.State, row.Entity.GetString("ErrorCode")) : default;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Creates a bench with an account of its own, because maintenance keeps its position there.</summary>
    private async Task<AssetBench> CreateAsync()
    {
        var account = await azurite.NewAccountAsync();
        await AzuriteStorage.StorageAsync(account);
        return await AssetBench.CreateAsync(
            azurite,
            new Dictionary<string, string?> { ["AzureWebJobsStorage"] = account },
            services => services
                .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_logs))
                .AddSingleton<TimeProvider>(_clock));
    }

    /// <summary>Adds dead letters of another sender, which stay.</summary>
    private static DeadLetterReceiver Fill(AssetBench bench, int count, int from = 1)
    {
        var dead = bench.Broker.DeadLetters(QueueNames.AssetDownloads);
        for (var number = from; number < from + count; number++)
        {
            dead.Add(Dead(new ServiceBusMessage("foreign"), number, nameof(DeadLetterReason.MalformedMessage)));
        }

        return dead;
    }

    /// <summary>Records another event with an asset, and returns the asset's message.</summary>
    private static Task<AssetMessage> AnnounceAsync(AssetBench bench)
    {
        bench.NewEvent();
        return bench.AnnounceAsync("https://media.example/video.mp4");
    }

    private static EventMessage Event(AssetBench bench) => new()
    {
        Key = bench.Key,
        Coverage = SignatureCoverage.RawBody,
        ReceivedAt = TimeProvider.System.GetUtcNow(),
        Body = BinaryData.FromString("{}"),
    };

    private static ServiceBusReceivedMessage Dead(ServiceBusMessage message, long number, string reason, DateTimeOffset enqueuedAt = default) =>
        ServiceBusModelFactory.ServiceBusReceivedMessage(
            body: message.Body,
            messageId: message.MessageId,
            sequenceNumber: number,
            enqueuedTime: enqueuedAt,
            properties: new Dictionary<string, object>(message.ApplicationProperties) { ["DeadLetterReason"] = reason });

    private static Task ReconcileAsync(AssetBench bench) => bench.Get<DeadLetterReconciler>().RunAsync(QueueNames.AssetDownloads, Cancel);

    private static Task<OperatorAnswer> ReplayAsync(AssetBench bench, params long[] numbers) =>
        bench.Get<DeadLetterReplay>().RunAsync(QueueNames.AssetDownloads, new ReplayRequest { SequenceNumbers = numbers }, Cancel);

    private static Task ContinueReplaysAsync(AssetBench bench) => bench.Get<DeadLetterReplay>().ContinueAsync(QueueNames.AssetDownloads, Cancel);

    /// <summary>Fails the asset of the current event.</summary>
    private static async Task FailAsync(AssetBench bench)
    {
        var (row, before) = (await bench.RowAsync(), AssetState.Pending);
        row.State = AssetState.Failed;
        Assert.Equal(WriteResult.Written, await bench.Get<AssetCompletionWriter>().WriteAsync(row, before, Cancel));
    }

    /// <summary>Gives the asset of the current event a state that this version does not know.</summary>
    private static async Task SetStateAsync(AssetBench bench, string state)
    {
        var entity = await EntityAsync(bench, bench.Key);
        entity["State"] = state;
        await bench.Storage.Events.UpdateEntityAsync(entity, ETag.All, TableUpdateMode.Replace, Cancel);
    }

    private static async Task<TableEntity> EntityAsync(AssetBench bench, EventKey key) =>
        await bench.Storage.Events.GetEntityAsync<TableEntity>(key.PartitionKey, AssetRow.KeyOf(0), cancellationToken: Cancel);

    private static ValueTask<int> ErasuresAsync(AssetBench bench) =>
        bench.Storage.Index.QueryAsync<TableEntity>(row => row.PartitionKey == "erasing", cancellationToken: Cancel).CountAsync(Cancel);

    private static JsonElement Json(OperatorAnswer answer) => JsonElement.Parse(answer.Body.Span.ToArray());

    private static long[] Numbers(JsonElement answer, string name) => [.. answer.GetProperty(name).EnumerateArray().Select(number => number.GetInt64())];

    private LogLine Line(string part) =>
        Assert.Single(_logs.Lines, line => line.Level > LogLevel.Debug && line.Text.Contains(part, StringComparison.Ordinal));
}
