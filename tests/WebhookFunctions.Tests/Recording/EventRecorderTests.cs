using System.Text;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Hosting;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Settings;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Recording;

public sealed class EventRecorderTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly CapturingServiceBus _bus = new();
    private readonly ListProviderFactory _provider = new();
    private readonly string _id = Guid.NewGuid().ToString("n");
    private StorageClients _storage = null!;
    private ServiceProvider _services = null!;

    public async ValueTask InitializeAsync()
    {
        _storage = await azurite.StorageAsync();
        _services = Services();
    }

    private ServiceProvider Services()
    {
        var configuration = new ConfigurationBuilder().Build();
        return new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton<ServiceBusClient>(_bus)
            .AddWebhookFunctions(configuration)
            .AddSingleton(_storage)
            .AddSingleton<IProviderFactory>(_provider)
            .BuildServiceProvider();
    }

    [Theory]
    [InlineData(0, EventState.Recorded)]
    [InlineData(1, EventState.Downloading)]
    [InlineData(99, EventState.Downloading)]
    [InlineData(100, EventState.Downloading)]
    [InlineData(250, EventState.Downloading)]
    public async Task An_event_ends_as_a_row_with_its_assets_beside_it_and_a_message_for_each(int assets, EventState state)
    {
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(assets)));

        var row = await RowAsync();
        Assert.Equal((state, assets), (row!.State, row.AssetsTotal));
        Assert.Equal(Enumerable.Range(0, assets).Select(AssetRow.KeyOf), (await AssetsAsync()).Select(asset => asset.RowKey));
        Assert.Equal(Enumerable.Range(0, assets).Select(AssetRow.KeyOf), SentAssets);
        Assert.All(_bus.Sender(QueueNames.AssetDownloads).Sent, message => Assert.Contains("\"jobId\":\"job\"", message.Body.ToString(), StringComparison.Ordinal));
        Assert.Equal(Message(assets).Body.ToArray(), (await _storage.RawEvents.GetBlobClient(row.RawBlob).DownloadContentAsync(Cancel)).Value.Content.ToArray());
    }

    [Fact]
    public async Task An_event_is_entered_with_its_job()
    {
        var job = $"job-{_id}";

        await RecordAsync(Message(1, job));

        Assert.Equal(nameof(JobStatus.Succeeded), (await _services.GetRequiredService<JobStore>().FindAsync("list", job, Cancel))!.GetString("Status"));
        Assert.Equal($"list:{_id}", Assert.Single(await JobEventsAsync(job)).Event);
    }

    [Fact]
    public async Task Of_two_bodies_with_one_id_the_first_that_was_kept_is_the_events()
    {
        var (job, other) = ($"job-{_id}", $"other-{_id}");
        var first = Message(3, job) with
        {
            Coverage = SignatureCoverage.SenderOnly, HasToken = true, IsSharedKey = true, ReceivedAt = Message(3).ReceivedAt.AddDays(-1),
        };
        await PutAsideAsync(first);

        await RecordAsync(Message(1, other));

        var row = (await RowAsync())!;
        Assert.Equal((3, job, SignatureCoverage.SenderOnly, first.ReceivedAt), (row.AssetsTotal, row.JobId, row.Coverage, row.ReceivedAt));
        Assert.Equal((RawEventStore.NameOf(first.Key), first.BodySha256), (row.RawBlob, row.BodySha256));
        Assert.Equal(first.Body.ToArray(), (await RawEvents.ReadAsync(row.RawBlob!, first.BodySha256, Cancel))!.ToArray());
        Assert.Equal((1, 0), ((await JobEventsAsync(job)).Count, (await JobEventsAsync(other)).Count));
    }

    [Fact]
    public async Task A_blob_whose_hash_is_not_the_messages_is_not_read_as_its_body()
    {
        var claimed = await PutAsideAsync(Message(3));

        var outcome = await RecordAsync(claimed with { BodySha256 = Message(1).BodySha256 });

        Assert.Equal("BodyMissing", Assert.IsType<Settlement.DeadLetter>(outcome).Reason);
        Assert.Empty(SentAssets);
    }

    [Fact]
    public async Task A_later_attempt_reads_the_body_that_the_first_one_kept()
    {
        _provider.IsApiAway = true;
        await RecordAsync(Message(1, Unreachable));
        _provider.IsApiAway = false;

        await RecordAsync(Retry());

        Assert.Equal((EventState.Downloading, Unreachable), ((await RowAsync())!.State, (await RowAsync())!.JobId));
        Assert.Equal(1, await BlobsAsync());
    }

    [Fact]
    public async Task An_event_with_a_claim_check_whose_job_is_erased_while_it_waits_ends_without_a_row_and_without_a_dead_letter()
    {
        var job = Unreachable;
        _provider.IsApiAway = true;
        await RecordAsync(await PutAsideAsync(Message(1, job)));
        _provider.IsApiAway = false;
        await EraseAsync(job);
        foreach (var jobEvent in await JobEventsAsync(job))
        {
            await _services.GetRequiredService<EventErasure>().EraseAsync(jobEvent, Cancel);
        }

        Assert.IsType<Settlement.Complete>(await RecordAsync(Retry()));

        Assert.Null(await RowAsync());
        Assert.Equal(0, await BlobsAsync());
        Assert.Empty(SentAssets);
    }

    [Fact]
    public async Task An_id_whose_event_was_erased_stays_spent_whatever_job_it_names_then()
    {
        var job = $"job-{_id}";
        await RecordAsync(Message(1, job));
        await _services.GetRequiredService<EventErasure>().EraseAsync(Assert.Single(await JobEventsAsync(job)), Cancel);

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(2, $"other-{_id}")));

        Assert.Null(await RowAsync());
        Assert.Equal(0, await BlobsAsync());
        Assert.Single(SentAssets);
        Assert.Null(await _services.GetRequiredService<JobStore>().FindAsync("list", $"other-{_id}", Cancel));
    }

    [Fact]
    public async Task A_second_webhook_of_the_same_id_changes_nothing_even_with_another_body()
    {
        await RecordAsync(Message(1));
        var before = await RowAsync();

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(3)));

        Assert.Equal(before!.ETag, (await RowAsync())!.ETag);
        Assert.Single(SentAssets);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(250)]
    public async Task A_process_that_dies_between_the_row_and_the_messages_leaves_the_sending_to_the_next_delivery(int assets)
    {
        // The first delivery reaches the send and never gets further.
        var reached = new TaskCompletionSource();
        _bus.Sender(QueueNames.AssetDownloads).BeforeSend = _ =>
        {
            reached.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        _ = RecordAsync(Message(assets));
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(EventState.Received, (await RowAsync())!.State);

        _bus.Sender(QueueNames.AssetDownloads).BeforeSend = static _ => Task.CompletedTask;
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(assets)));

        Assert.Equal((EventState.Downloading, assets), ((await RowAsync())!.State, (await AssetsAsync()).Count));
        Assert.Equal(Enumerable.Range(0, assets).Select(AssetRow.KeyOf), SentAssets);
    }

    [Fact]
    public async Task A_process_that_dies_after_the_row_and_before_the_rest_of_the_assets_is_made_up_for()
    {
        // What the first transaction of an event with 250 assets leaves.
        var message = Message(250);
        var received = new ReceivedEvent(message.Key, message.Coverage, message.ReceivedAt, EventJson.TryParse(message.Body)!.RootElement);
        var said = new ListProvider(_provider).Interpret(received);
        var rows = said.Assets.Take(99).Select((source, i) => AssetRow.Create(message.Key.PartitionKey, i, source, Assurance.Signed, message.ReceivedAt));
        Assert.Equal(WriteResult.Written, await _storage.OpenEvents().InsertAsync(EventRow.Create(received, said, "raw", message.ReceivedAt), rows, Cancel));

        await RecordAsync(message);

        Assert.Equal((EventState.Downloading, 250), ((await RowAsync())!.State, (await AssetsAsync()).Count));
        Assert.Equal(250, SentAssets.Count());
    }

    [Fact]
    public async Task Two_deliveries_at_once_leave_one_event()
    {

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RecordAsync(Message(3))));

        Assert.Equal((EventState.Downloading, 3), ((await RowAsync())!.State, (await RowAsync())!.AssetsTotal));
        Assert.Equal(3, (await AssetsAsync()).Count);
        Assert.Equal(3, SentAssets.Distinct().Count());
    }

    [Fact]
    public async Task What_fails_is_scheduled_again_with_an_id_of_its_own_and_not_abandoned()
    {
        _bus.Sender(QueueNames.AssetDownloads).BeforeSend = _ => throw new ServiceBusException("away", ServiceBusFailureReason.ServiceCommunicationProblem);
        var before = TimeProvider.System.GetUtcNow();

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1)));

        var retry = Assert.Single(_bus.Sender(QueueNames.WebhookEvents).Sent);
        Assert.Equal(EventKey.Create("list", _id).MessageId + "/r1", retry.MessageId);
        Assert.InRange(retry.ScheduledEnqueueTime, before + RetrySchedule.FirstDelay * 0.75, before + TimeSpan.FromMinutes(1));
        Assert.InRange(EventMessage.TryRead(Received(retry))!.FirstAttemptAt!.Value, before, TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task Attempts_go_on_however_many_there_were_as_long_as_a_day_is_not_over()
    {
        _bus.Sender(QueueNames.AssetDownloads).BeforeSend = _ => throw new InvalidOperationException("always");
        var firstAttemptAt = ADayAgo + TimeSpan.FromHours(2);

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1) with { Attempt = 1000, FirstAttemptAt = firstAttemptAt }));

        var retry = EventMessage.TryRead(Received(Assert.Single(_bus.Sender(QueueNames.WebhookEvents).Sent)))!;
        Assert.Equal((1001, firstAttemptAt), (retry.Attempt, retry.FirstAttemptAt));
    }

    [Fact]
    public async Task Where_the_queue_is_away_too_the_message_is_left_to_its_lock()
    {
        foreach (var queue in new[] { QueueNames.AssetDownloads, QueueNames.WebhookEvents })
        {
            _bus.Sender(queue).BeforeSend = _ => throw new ServiceBusException("away", ServiceBusFailureReason.ServiceCommunicationProblem);
        }

        Assert.IsType<Settlement.LeaveLocked>(await RecordAsync(Message(1)));
    }

    [Fact]
    public async Task After_the_last_attempt_the_event_is_failed_and_dead_lettered_and_a_replay_goes_through()
    {
        _bus.Sender(QueueNames.AssetDownloads).BeforeSend = _ => throw new InvalidOperationException("always");

        var outcome = await RecordAsync(Message(2) with { FirstAttemptAt = ADayAgo });

        Assert.Equal(new Settlement.DeadLetter("GaveUp", "Tried for 24 hours. The last attempt ended with InvalidOperationException."), outcome);
        Assert.Equal(EventState.Failed, (await RowAsync())!.State);

        _bus.Sender(QueueNames.AssetDownloads).BeforeSend = static _ => Task.CompletedTask;
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(2)));

        Assert.Equal((EventState.Downloading, 2), ((await RowAsync())!.State, (await AssetsAsync()).Count));
        Assert.Equal(2, SentAssets.Count());
    }

    [Theory]
    [InlineData("denied", "NotConfirmed")]
    [InlineData("unreachable", null)]
    [InlineData("unfinished", null)]
    [InlineData("crowded", null)]
    public async Task What_the_providers_API_denies_is_failed_without_a_dead_letter_and_what_it_cannot_say_now_is_asked_again(string answer, string? reason)
    {
        var job = $"{answer}-{_id}";
        _provider.IsApiAway = true;

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1, job)));

        var row = await RowAsync();
        Assert.Equal((reason is null ? EventState.Received : EventState.Failed, reason), (row?.State, row?.Entity.GetString("ErrorCode")));
        Assert.Equal(Assurance.Unconfirmed, row?.Assurance);
        Assert.Equal(reason is null ? 1 : 0, _bus.Sender(QueueNames.WebhookEvents).Sent.Count);
        Assert.Empty(SentAssets);
        Assert.Null(await _services.GetRequiredService<JobStore>().FindAsync("list", job, Cancel));
    }

    [Fact]
    public async Task An_event_whose_turn_has_not_come_waits_for_it_and_no_attempt_is_counted()
    {
        var before = TimeProvider.System.GetUtcNow();

        await RecordAsync(Message(1, "crowded") with { Attempt = 3, FirstAttemptAt = before });
        await RecordAsync(EventMessage.TryRead(Received(_bus.Sender(QueueNames.WebhookEvents).Sent[0]))!);

        var sent = _bus.Sender(QueueNames.WebhookEvents).Sent;
        Assert.Equal(
            [before + ListProvider.Turn, before + 2 * ListProvider.Turn], sent.Select(message => EventMessage.TryRead(Received(message))!.FirstAttemptAt));
        Assert.Equal(["/r3.1", "/r3.2"], sent.Select(message => message.MessageId[EventKey.Create("list", _id).MessageId.Length..]));
        Assert.All(sent, message => Assert.InRange(message.ScheduledEnqueueTime, before + ListProvider.Turn, before + ListProvider.Turn + TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task An_end_that_the_API_never_confirms_ends_without_a_dead_letter()
    {
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1, "unfinished") with { FirstAttemptAt = ADayAgo }));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, "NotConfirmed"), (row.State, row.Entity.GetString("ErrorCode")));
        Assert.Contains("Not finished.", row.Entity.GetString("ErrorMessage"), StringComparison.Ordinal);
        Assert.Empty(_bus.Sender(QueueNames.WebhookEvents).Sent);
    }

    [Fact]
    public async Task What_nothing_proves_is_recorded_with_the_reason_where_its_host_is_not_the_providers_alone()
    {
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(2, "unasked")));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Recorded, Assurance.Unconfirmed, 0), (row.State, row.Assurance, row.AssetsTotal));
        Assert.All(await AssetsAsync(), asset =>
        {
            Assert.Equal((AssetState.Recorded, Assurance.Unconfirmed), (asset.State, asset.Assurance));
            Assert.Contains("example.com", asset.LastError, StringComparison.Ordinal);
        });
        Assert.Empty(SentAssets);
        Assert.Equal(
            nameof(JobStatus.Unconfirmed), (await _services.GetRequiredService<JobStore>().FindAsync("list", "unasked", Cancel))?.GetString("Status"));
    }

    [Fact]
    public async Task A_row_of_a_newer_version_has_its_message_put_back_and_never_dead_lettered()
    {
        _provider.IsApiAway = true;
        await RecordAsync(Message(1, Unreachable));
        var entity = (await RowAsync())!.Entity;
        entity["State"] = "Pondering";
        await _storage.Events.UpdateEntityAsync(entity, entity.ETag, TableUpdateMode.Replace, Cancel);

        var firstAttemptAt = ADayAgo;
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1) with { Attempt = 33, FirstAttemptAt = firstAttemptAt }));

        // What is no attempt does not use up the time for them.
        var again = EventMessage.TryRead(Received(_bus.Sender(QueueNames.WebhookEvents).Sent[^1]))!;
        Assert.Equal((33, 1, firstAttemptAt + TimeSpan.FromMinutes(5)), (again.Attempt, again.Waits, again.FirstAttemptAt));
    }

    [Fact]
    public async Task A_body_whose_blob_is_gone_is_dead_lettered_with_the_name_of_the_blob()
    {
        var outcome = await RecordAsync(Message(1) with { Body = BinaryData.Empty, ClaimCheck = "list/2026/01/22/gone.json" });

        var deadLetter = Assert.IsType<Settlement.DeadLetter>(outcome);
        Assert.Equal("BodyMissing", deadLetter.Reason);
        Assert.Contains("list/2026/01/22/gone.json", deadLetter.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_a_blob_holds_is_read_from_there_and_not_kept_twice()
    {
        var claimed = await PutAsideAsync(Message(2));

        Assert.IsType<Settlement.Complete>(await RecordAsync(claimed));

        Assert.Equal((claimed.ClaimCheck, 2), ((await RowAsync())!.RawBlob, (await AssetsAsync()).Count));
        Assert.Equal(1, await BlobsAsync());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("nonsense")]
    public async Task A_body_that_is_no_object_is_dead_lettered_and_its_row_says_why(string body)
    {
        var outcome = await RecordAsync(Message(1) with { Body = BinaryData.FromString(body) });

        Assert.Equal(new Settlement.DeadLetter("MalformedBody", "The body is not a JSON object."), outcome);
        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, false, "MalformedBody", _id), (row.State, row.IsInterpreted, row.Entity.GetString("ErrorCode"), row.JobId));
        Assert.Equal(body, (await RawEvents.ReadAsync(row.RawBlob!, row.BodySha256, Cancel))?.ToString());
    }

    [Fact]
    public async Task An_event_that_waits_says_on_its_row_for_what_and_until_when_and_goes_on_as_if_it_had_not()
    {
        _provider.IsApiAway = true;
        await RecordAsync(Message(1, Unreachable));
        var first = (await RowAsync())!;
        await RecordAsync(Message(1, Unreachable) with { Attempt = 1 });
        var second = (await RowAsync())!;
        _provider.IsApiAway = false;
        await RecordAsync(Message(1, Unreachable));
        var last = (await RowAsync())!;

        var retries = _bus.Sender(QueueNames.WebhookEvents).Sent;
        Assert.Equal([first.NextAttemptAt, second.NextAttemptAt], retries.Select(retry => (DateTimeOffset?)retry.ScheduledEnqueueTime));
        Assert.All([first, second], row => Assert.Contains(nameof(HttpRequestException), row.Entity.GetString("LastError"), StringComparison.Ordinal));
        Assert.Equal([1, 2], retries.Select(retry => (int)retry.ApplicationProperties[MessageProperties.Attempt]));
        Assert.Equal(
            (EventState.Downloading, true, null, null), (last.State, last.IsInterpreted, last.NextAttemptAt, last.Entity.GetString("LastError")));
        Assert.Single(SentAssets);
    }

    [Fact]
    public async Task An_event_of_a_provider_that_is_off_waits_for_it()
    {
        var message = Message(1) with { Key = EventKey.Create("nobody", _id) };

        Assert.IsType<Settlement.Complete>(await RecordAsync(message));

        var row = (await _storage.OpenEvents().FindAsync(message.Key.PartitionKey, Cancel))!;
        Assert.Equal((EventState.Received, "The provider is not configured."), (row.State, row.Entity.GetString("LastError")));
        Assert.Single(_bus.Sender(QueueNames.WebhookEvents).Sent);
    }

    [Fact]
    public async Task Nothing_is_kept_of_an_event_whose_job_was_erased()
    {
        var job = $"job-{_id}";
        var message = await PutAsideAsync(Message(1, job));
        await EraseAsync(job);

        Assert.IsType<Settlement.Complete>(await RecordAsync(message));
        Assert.Equal(DeadLetterRecording.Erased, await RecordDeadAsync(Message(1, job)));

        Assert.Equal(0, await BlobsAsync());
        Assert.True(await _services.GetRequiredService<SpentWebhookIds>().HasAsync(message.Key, Cancel));
        Assert.Null(await RowAsync());
        Assert.Empty(SentAssets);
        Assert.Null(await _services.GetRequiredService<JobStore>().FindAsync("list", job, Cancel));
        Assert.Empty(await JobEventsAsync(job));
    }

    [Fact]
    public async Task A_body_that_names_an_erased_job_erases_nothing_of_the_event_whose_id_it_has()
    {
        var (job, erased) = ($"denied-{_id}", $"erased-{_id}");
        await RecordAsync(Message(1, job));
        await EraseAsync(erased);

        // As after seven days, when the queue lets the id through again.
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(2, erased)));

        Assert.Equal((EventState.Failed, job), ((await RowAsync())!.State, (await RowAsync())!.JobId));
        Assert.Equal(1, await BlobsAsync());
        Assert.False(await _services.GetRequiredService<SpentWebhookIds>().HasAsync(Message(1).Key, Cancel));
        Assert.Equal((1, 0), ((await JobEventsAsync(job)).Count, (await JobEventsAsync(erased)).Count));
    }

    [Fact]
    public async Task A_host_that_stops_leaves_the_message()
    {
        Assert.IsType<Settlement.LeaveLocked>(await _services.GetRequiredService<EventRecorder>().ProcessAsync(Message(1), new CancellationToken(true)));
        Assert.Empty(_bus.Sender(QueueNames.WebhookEvents).Sent);
    }

    [Fact]
    public async Task An_event_that_the_broker_gave_up_before_it_had_a_row_gets_one_with_its_job_and_without_assets()
    {
        var job = $"job-{_id}";

        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadAsync(Message(3, job)));

        var row = (await RowAsync())!;
        Assert.Equal(
            (EventState.Failed, true, job, 0, "MaxDeliveryCountExceeded", "Ten deliveries."),
            (row.State, row.IsInterpreted, row.JobId, row.AssetsTotal, row.Entity.GetString("ErrorCode"), row.Entity.GetString("ErrorMessage")));
        Assert.Empty(await AssetsAsync());
        Assert.Equal(Message(3, job).Body.ToArray(), (await RawEvents.ReadAsync(row.RawBlob!, row.BodySha256, Cancel))!.ToArray());
        Assert.Equal(row.RawBlob, Assert.Single(await JobEventsAsync(job)).RawBlob);
    }

    [Fact]
    public async Task A_dead_event_whose_body_lies_in_a_blob_is_read_from_there_and_where_that_is_gone_its_row_says_which()
    {
        var claimed = await PutAsideAsync(Message(1));
        var gone = Message(1) with { Key = EventKey.Create("list", $"{_id}-gone"), Body = BinaryData.Empty, ClaimCheck = $"list/{_id}.json" };

        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadAsync(claimed));
        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadAsync(gone));

        Assert.Equal((true, claimed.ClaimCheck), ((await RowAsync())!.IsInterpreted, (await RowAsync())!.RawBlob));
        var unread = (await _storage.OpenEvents().FindAsync(gone.Key.PartitionKey, Cancel))!;
        Assert.Equal((EventState.Failed, false, gone.ClaimCheck), (unread.State, unread.IsInterpreted, unread.RawBlob));
    }

    [Fact]
    public async Task A_dead_event_whose_process_died_before_it_was_handed_on_fails_as_its_row_has_it()
    {
        var message = Message(2);
        var received = new ReceivedEvent(message.Key, message.Coverage, message.ReceivedAt, EventJson.TryParse(message.Body)!.RootElement);
        var row = EventRow.Create(received, new ListProvider(_provider).Interpret(received), "raw", message.ReceivedAt);
        Assert.Equal(WriteResult.Written, await _storage.OpenEvents().InsertAsync(row, [], Cancel));

        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadAsync(message));

        row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, 2, "raw"), (row.State, row.AssetsTotal, row.RawBlob));
    }

    [Fact]
    public async Task What_is_given_up_while_its_row_cannot_be_written_becomes_a_dead_letter_all_the_same()
    {
        var message = Message(1) with { Key = EventKey.Create("nobody", _id), FirstAttemptAt = ADayAgo };
        _storage = await azurite.StorageAsync(new TablesAway());
        await using var services = Services();

        var outcome = await services.GetRequiredService<EventRecorder>().ProcessAsync(message, Cancel);

        Assert.Equal(new Settlement.DeadLetter("GaveUp", "Tried for 24 hours. The last attempt ended with RequestFailedException."), outcome);
    }

    [Fact]
    public async Task What_waits_while_its_row_cannot_be_written_is_sent_again_all_the_same()
    {
        _storage = await azurite.StorageAsync(new TablesAway());
        await using var services = Services();

        Assert.IsType<Settlement.Complete>(await services.GetRequiredService<EventRecorder>().ProcessAsync(Message(1), Cancel));

        Assert.Single(_bus.Sender(QueueNames.WebhookEvents).Sent);
    }

    [Fact]
    public async Task A_dead_event_that_nobody_can_read_gets_a_row_by_its_id()
    {
        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadAsync(Message(1) with { Body = BinaryData.FromString("nonsense") }));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, false, _id, RawEventStore.NameOf(row.ToKey())), (row.State, row.IsInterpreted, row.JobId, row.RawBlob));
    }

    [Fact]
    public async Task A_dead_event_of_which_its_row_knew_no_more_than_its_message_is_read_for_it()
    {
        var job = Unreachable;
        _provider.IsApiAway = true;
        await RecordAsync(Message(1, job));
        var waiting = (await RowAsync())!;
        Assert.Equal(DeadLetterRecording.RetryPending, await RecordDeadAsync(Message(1, job)));
        Assert.Equal(waiting.ETag, (await RowAsync())!.ETag);

        waiting.Entity[nameof(EventRow.NextAttemptAt)] = DateTimeOffset.UnixEpoch;
        await _storage.OpenEvents().UpdateAsync(waiting, Cancel);
        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadAsync(Message(1, job)));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, true, job), (row.State, row.IsInterpreted, row.JobId));
    }

    [Fact]
    public async Task An_event_whose_work_was_handed_on_is_not_failed_by_a_dead_message_of_it()
    {
        await RecordAsync(Message(1));

        Assert.Equal(DeadLetterRecording.AlreadyDispatched, await RecordDeadAsync(Message(1)));

        Assert.Equal(EventState.Downloading, (await RowAsync())!.State);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IEnumerable<string> SentAssets =>
        _bus.Sender(QueueNames.AssetDownloads).Sent.Select(message => (string)message.ApplicationProperties[MessageProperties.Asset]);

    // Of this test alone: all tests of the class share the table of jobs.
    private string Unreachable => $"unreachable-{_id}";

    private EventMessage Message(int assets, string jobId = "job") => new()
    {
        Key = EventKey.Create("list", _id),
        // A job is called by what the API answers for it.
        Coverage = jobId.Split('-')[0] is "denied" or "unreachable" or "unfinished" or "crowded" or "unasked"
            ? SignatureCoverage.SenderOnly
            : SignatureCoverage.RawBody,
        ReceivedAt = new DateTimeOffset(2026, 1, 22, 12, 0, 0, TimeSpan.Zero),
        Body = BinaryData.FromBytes(Encoding.UTF8.GetBytes($$"""{"job":"{{jobId}}","assets":{{assets}}}""")),
    };

    private static ServiceBusReceivedMessage Received(ServiceBusMessage message) => ServiceBusModelFactory.ServiceBusReceivedMessage(
        body: message.Body, messageId: message.MessageId, contentType: message.ContentType, properties: message.ApplicationProperties);

    private RawEventStore RawEvents => _storage.OpenRawEvents();

    /// <summary>The message of a large body, as the receiver sends it.</summary>
    private async Task<EventMessage> PutAsideAsync(EventMessage message)
    {
        var (_, receipt) = await RawEvents.WriteAsync(message.Key, message.Body, message.Receipt, Cancel);
        return message.ClaimedAs(RawEventStore.NameOf(message.Key), receipt);
    }

    /// <summary>The one message that was scheduled again.</summary>
    private EventMessage Retry() => EventMessage.TryRead(Received(Assert.Single(_bus.Sender(QueueNames.WebhookEvents).Sent)))!;

    private async Task<int> BlobsAsync() =>
        await _storage.RawEvents.GetBlobsAsync(BlobTraits.None, BlobStates.None, $"list/{_id}", Cancel).CountAsync(Cancel);

    /// <summary>The time of a first attempt for which the next one comes too late.</summary>
    private static DateTimeOffset ADayAgo => TimeProvider.System.GetUtcNow() - RetrySchedule.GiveUpAfter;

    private Task<Settlement> RecordAsync(EventMessage message) =>
        _services.GetRequiredService<EventRecorder>().ProcessAsync(message, Cancel);

    private Task<DeadLetterRecording> RecordDeadAsync(EventMessage message) =>
        _services.GetRequiredService<EventFailure>().RecordDeadAsync(message, "MaxDeliveryCountExceeded", "Ten deliveries.", Cancel);

    private Task EraseAsync(string job) => _services.GetRequiredService<JobTombstones>().AddAsync("list", job, Cancel);

    private ValueTask<List<JobEvent>> JobEventsAsync(string job) =>
        _services.GetRequiredService<JobEvents>().ListAsync("list", job, Cancel).ToListAsync(Cancel);

    private Task<EventRow?> RowAsync() => _storage.OpenEvents().FindAsync($"list:{_id}", Cancel);

    private async Task<List<AssetRow>> AssetsAsync() => await _storage.OpenEvents().AssetsAsync($"list:{_id}", Cancel).ToListAsync(Cancel);

    /// <summary>The events' table answers nothing.</summary>
    private sealed class TablesAway : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message)
        {
            if (message.Request.Uri.Path.Contains($"{StorageNames.EventsTable}(", StringComparison.Ordinal))
            {
                throw new RequestFailedException(503, "Away.");
            }
        }
    }

    private sealed class ListProviderFactory : IProviderFactory
    {
        public string Name => "list";

        /// <summary>Whether the provider's API does not answer for jobs whose id begins with <c>unreachable</c>.</summary>
        public bool IsApiAway { get; set; }

        public WebhookProvider Create(ProviderSettings settings) => new ListProvider(this);
    }

    /// <summary>A provider whose events say how many assets they have.</summary>
    private sealed class ListProvider(ListProviderFactory factory) : WebhookProvider
    {
        public static readonly TimeSpan Turn = TimeSpan.FromMinutes(7);

        public override string Name => "list";

        public override IReadOnlyList<WebhookEndpoint> Endpoints => [];

        public override IReadOnlyList<string> AssetHosts => [];

        public override string? Identify(WebhookRequest request) => null;

        public override GenerationEvent Interpret(ReceivedEvent received) => new()
        {
            EventType = "list",
            JobId = received.Body.Text("job"),
            Status = JobStatus.Succeeded,
            Assets = [.. Enumerable.Range(0, received.Body.GetProperty("assets").GetInt32())
                .Select(i => new AssetSource { Name = $"a{i}", Url = $"https://example.com/{i}?token=secret" })],
        };

        public override ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent said, CancellationToken cancellationToken) =>
            said.JobId?.Split('-')[0] switch
            {
                "denied" => ValueTask.FromResult<Confirmation>(new Confirmation.Denied("No such job.")),
                "unreachable" when factory.IsApiAway => throw new HttpRequestException("away"),
                "unfinished" => ValueTask.FromResult<Confirmation>(new Confirmation.Unfinished("Not finished.")),
                "crowded" => ValueTask.FromResult<Confirmation>(new Confirmation.Postponed(Turn)),
                "unasked" => base.ConfirmAsync(received, said, cancellationToken),
                _ => ValueTask.FromResult(Confirmation.Confirmed(said)),
            };
    }
}
