using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Recording;

public sealed class EventRecorderTests(AzuriteFixture azurite) : EventRecorderBench(azurite)
{
    [Theory]
    [InlineData(0, EventState.Recorded)]
    [InlineData(1, EventState.Downloading)]
    [InlineData(99, EventState.Downloading)]
    [InlineData(100, EventState.Downloading)]
    [InlineData(250, EventState.Downloading)]
    public async Task An_event_is_recorded_as_a_row_with_a_row_and_a_message_for_each_asset(int assets, EventState state)
    {
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(assets)));

        var row = await RowAsync();
        Assert.Equal((state, assets), (row!.State, row.AssetsTotal));
        Assert.Equal(Enumerable.Range(0, assets).Select(AssetRow.KeyOf), (await AssetsAsync()).Select(asset => asset.RowKey));
        Assert.Equal(Enumerable.Range(0, assets).Select(AssetRow.KeyOf), SentAssets);
        Assert.All(Bus.Sender(QueueNames.AssetDownloads).Sent, message => Assert.Contains("\"jobId\":\"job\"", message.Body.ToString(), StringComparison.Ordinal));
        Assert.Equal(Message(assets).Body.ToArray(), (await Storage.RawEvents.GetBlobClient(row.RawBlob).DownloadContentAsync(Cancel)).Value.Content.ToArray());
    }

    [Fact]
    public async Task An_event_is_added_to_the_list_of_its_job()
    {
        var job = $"job-{Id}";

        await RecordAsync(Message(1, job));

        Assert.Equal(nameof(JobStatus.Succeeded), (await App.GetRequiredService<JobStore>().FindAsync("list", job, Cancel))!.GetString("Status"));
        Assert.Equal($"list:{Id}", Assert.Single(await JobEventsAsync(job)).Event);
    }

    [Fact]
    public async Task Of_two_bodies_with_one_id_the_first_stored_one_belongs_to_the_event()
    {
        var (job, other) = ($"job-{Id}", $"other-{Id}");
        var first = Message(3, job) with
        {
            Coverage = SignatureCoverage.SenderOnly, HasToken = true, IsSharedKey = true, ReceivedAt = Message(3).ReceivedAt.AddDays(-1),
        };
        await WithClaimCheckAsync(first);

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
        var withClaimCheck = await WithClaimCheckAsync(Message(3));

        var outcome = await RecordAsync(withClaimCheck with { BodySha256 = Message(1).BodySha256 });

        Assert.Equal("BodyMissing", Assert.IsType<Settlement.DeadLetter>(outcome).Reason);
        Assert.Empty(SentAssets);
    }

    [Fact]
    public async Task A_later_attempt_reads_the_body_that_the_first_one_stored()
    {
        Provider.IsApiUnavailable = true;
        await RecordAsync(Message(1, Unreachable));
        Provider.IsApiUnavailable = false;

        await RecordAsync(Retry());

        Assert.Equal((EventState.Downloading, Unreachable), ((await RowAsync())!.State, (await RowAsync())!.JobId));
        Assert.Equal(1, await BlobsAsync());
    }

    [Fact]
    public async Task An_event_with_a_claim_check_whose_job_is_erased_while_it_waits_ends_without_a_row_and_without_a_dead_letter()
    {
        var job = Unreachable;
        Provider.IsApiUnavailable = true;
        await RecordAsync(await WithClaimCheckAsync(Message(1, job)));
        Provider.IsApiUnavailable = false;
        await EraseAsync(job);
        foreach (var jobEvent in await JobEventsAsync(job))
        {
            await App.GetRequiredService<EventErasure>().EraseAsync(jobEvent, Cancel);
        }

        Assert.IsType<Settlement.Complete>(await RecordAsync(Retry()));

        Assert.Null(await RowAsync());
        Assert.Equal(0, await BlobsAsync());
        Assert.Empty(SentAssets);
    }

    [Fact]
    public async Task An_id_whose_event_was_erased_stays_used_for_any_job()
    {
        var job = $"job-{Id}";
        await RecordAsync(Message(1, job));
        await App.GetRequiredService<EventErasure>().EraseAsync(Assert.Single(await JobEventsAsync(job)), Cancel);

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(2, $"other-{Id}")));

        Assert.Null(await RowAsync());
        Assert.Equal(0, await BlobsAsync());
        Assert.Single(SentAssets);
        Assert.Null(await App.GetRequiredService<JobStore>().FindAsync("list", $"other-{Id}", Cancel));
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
    public async Task If_a_process_ends_between_the_row_and_the_messages_the_next_delivery_sends_them(int assets)
    {
        // The first delivery reaches the send, which never completes.
        var reached = new TaskCompletionSource();
        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = _ =>
        {
            reached.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        _ = RecordAsync(Message(assets));
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(EventState.Received, (await RowAsync())!.State);

        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = static _ => Task.CompletedTask;
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(assets)));

        Assert.Equal((EventState.Downloading, assets), ((await RowAsync())!.State, (await AssetsAsync()).Count));
        Assert.Equal(Enumerable.Range(0, assets).Select(AssetRow.KeyOf), SentAssets);
    }

    [Fact]
    public async Task Assets_that_a_process_did_not_insert_before_it_ended_are_inserted_by_the_next_delivery()
    {
        // The state after the first transaction of an event with 250 assets.
        var message = Message(250);
        var received = new ReceivedEvent(message.Key, message.Coverage, message.ReceivedAt, EventJson.TryParse(message.Body)!.RootElement);
        var generation = new ListProvider(Provider).Interpret(received);
        var rows = generation.Assets.Take(99).Select((source, i) => AssetRow.Create(message.Key.PartitionKey, i, source, Assurance.Signed, message.ReceivedAt));
        Assert.Equal(WriteResult.Written, await Storage.OpenEvents().InsertAsync(EventRow.Create(received, generation, "raw", message.ReceivedAt), [.. rows], Cancel));

        await RecordAsync(message);

        Assert.Equal((EventState.Downloading, 250), ((await RowAsync())!.State, (await AssetsAsync()).Count));
        Assert.Equal(250, SentAssets.Count());
    }

    [Fact]
    public async Task Two_concurrent_deliveries_record_one_event()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RecordAsync(Message(3))));

        Assert.Equal((EventState.Downloading, 3), ((await RowAsync())!.State, (await RowAsync())!.AssetsTotal));
        Assert.Equal(3, (await AssetsAsync()).Count);
        Assert.Equal(3, SentAssets.Distinct().Count());
    }

    [Fact]
    public async Task An_unproven_asset_is_recorded_with_the_reason_unless_only_the_provider_controls_its_host()
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
            nameof(JobStatus.Unconfirmed), (await App.GetRequiredService<JobStore>().FindAsync("list", "unasked", Cancel))?.GetString("Status"));
    }

    [Fact]
    public async Task A_body_whose_blob_does_not_exist_is_dead_lettered_with_the_name_of_the_blob()
    {
        var outcome = await RecordAsync(Message(1) with { Body = BinaryData.Empty, ClaimCheck = "list/2026/01/22/gone.json" });

        var deadLetter = Assert.IsType<Settlement.DeadLetter>(outcome);
        Assert.Equal("BodyMissing", deadLetter.Reason);
        Assert.Contains("list/2026/01/22/gone.json", deadLetter.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_in_a_blob_is_read_from_there_and_not_stored_twice()
    {
        var withClaimCheck = await WithClaimCheckAsync(Message(2));

        Assert.IsType<Settlement.Complete>(await RecordAsync(withClaimCheck));

        Assert.Equal((withClaimCheck.ClaimCheck, 2), ((await RowAsync())!.RawBlob, (await AssetsAsync()).Count));
        Assert.Equal(1, await BlobsAsync());
    }

    [Theory]
    [InlineData("[]", "The body is JSON but not an object.")]
    [InlineData("nonsense", "The body is not strict JSON from line 1, byte 2 on.")]
    [InlineData("""{"id":"j","progress":NaN}""", "The body is not strict JSON from line 1, byte 22 on.")]
    [InlineData("""{"id":"j","id":"k"}""", "The body contains a name twice in one object, or a name that is not valid text.")]
    [InlineData("{\"id\":\"j\",\n\"text\":\"a\nb\"}", "The body is not strict JSON from line 2, byte 10 on.")]
    [InlineData("{\"id\":\"j\"", "The body is not strict JSON from line 1, byte 10 on.")]
    [InlineData("{\"id\":\"j\",}", "The body is not strict JSON from line 1, byte 11 on.")]
    public async Task A_body_that_is_not_an_object_is_dead_lettered_and_its_row_says_why(string body, string why)
    {
        var outcome = await RecordAsync(Message(1) with { Body = BinaryData.FromString(body) });

        Assert.Equal(new Settlement.DeadLetter("MalformedBody", why), outcome);
        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, false, "MalformedBody", Id), (row.State, row.IsInterpreted, row.Entity.GetString("ErrorCode"), row.JobId));
        Assert.Equal(body, (await RawEvents.ReadAsync(row.RawBlob!, row.BodySha256, Cancel))?.ToString());
    }

    [Fact]
    public async Task Nothing_is_stored_of_an_event_whose_job_was_erased()
    {
        var job = $"job-{Id}";
        var message = await WithClaimCheckAsync(Message(1, job));
        await EraseAsync(job);

        Assert.IsType<Settlement.Complete>(await RecordAsync(message));
        Assert.Equal(DeadLetterRecording.Erased, await RecordDeadLetterAsync(Message(1, job)));

        Assert.Equal(0, await BlobsAsync());
        Assert.True(await App.GetRequiredService<SpentWebhookIds>().HasAsync(message.Key, Cancel));
        Assert.Null(await RowAsync());
        Assert.Empty(SentAssets);
        Assert.Null(await App.GetRequiredService<JobStore>().FindAsync("list", job, Cancel));
        Assert.Empty(await JobEventsAsync(job));
    }

    [Fact]
    public async Task A_body_that_names_an_erased_job_erases_nothing_of_the_event_whose_id_it_has()
    {
        var (job, erased) = ($"denied-{Id}", $"erased-{Id}");
        await RecordAsync(Message(1, job));
        await EraseAsync(erased);

        // After seven days duplicate detection no longer drops the id.
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(2, erased)));

        Assert.Equal((EventState.Failed, job), ((await RowAsync())!.State, (await RowAsync())!.JobId));
        Assert.Equal(1, await BlobsAsync());
        Assert.False(await App.GetRequiredService<SpentWebhookIds>().HasAsync(Message(1).Key, Cancel));
        Assert.Equal((1, 0), ((await JobEventsAsync(job)).Count, (await JobEventsAsync(erased)).Count));
    }

    [Fact]
    public async Task A_host_that_stops_leaves_the_message_locked()
    {
        Assert.IsType<Settlement.LeaveLocked>(await App.GetRequiredService<EventRecorder>().ProcessAsync(Message(1), FirstDelivery, new CancellationToken(true)));
        Assert.Empty(Bus.Sender(QueueNames.WebhookEvents).Sent);
    }
}
