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

public sealed class EventFailureTests(AzuriteFixture azurite) : EventRecorderBench(azurite)
{
    [Theory]
    [InlineData("denied", "NotConfirmed")]
    [InlineData("unreachable", null)]
    [InlineData("unfinished", null)]
    [InlineData("crowded", null)]
    public async Task What_the_providers_API_denies_is_failed_without_a_dead_letter_and_what_it_cannot_say_now_is_asked_again(string answer, string? reason)
    {
        var job = $"{answer}-{Id}";
        Provider.IsApiAway = true;

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1, job)));

        var row = await RowAsync();
        Assert.Equal((reason is null ? EventState.Received : EventState.Failed, reason), (row?.State, row?.Entity.GetString("ErrorCode")));
        Assert.Equal(Assurance.Unconfirmed, row?.Assurance);
        Assert.Equal(reason is null ? 1 : 0, Bus.Sender(QueueNames.WebhookEvents).Sent.Count);
        Assert.Empty(SentAssets);
        Assert.Null(await App.GetRequiredService<JobStore>().FindAsync("list", job, Cancel));
    }

    [Fact]
    public async Task An_event_that_the_broker_gave_up_before_it_had_a_row_gets_one_with_its_job_and_without_assets()
    {
        var job = $"job-{Id}";

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
        var gone = Message(1) with { Key = EventKey.Create("list", $"{Id}-gone"), Body = BinaryData.Empty, ClaimCheck = $"list/{Id}.json" };

        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadAsync(claimed));
        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadAsync(gone));

        Assert.Equal((true, claimed.ClaimCheck), ((await RowAsync())!.IsInterpreted, (await RowAsync())!.RawBlob));
        var unread = (await Storage.OpenEvents().FindAsync(gone.Key.PartitionKey, Cancel))!;
        Assert.Equal((EventState.Failed, false, gone.ClaimCheck), (unread.State, unread.IsInterpreted, unread.RawBlob));
    }

    [Fact]
    public async Task A_dead_event_whose_process_died_before_it_was_handed_on_fails_as_its_row_has_it()
    {
        var message = Message(2);
        var received = new ReceivedEvent(message.Key, message.Coverage, message.ReceivedAt, EventJson.TryParse(message.Body)!.RootElement);
        var row = EventRow.Create(received, new ListProvider(Provider).Interpret(received), "raw", message.ReceivedAt);
        Assert.Equal(WriteResult.Written, await Storage.OpenEvents().InsertAsync(row, [], Cancel));

        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadAsync(message));

        row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, 2, "raw"), (row.State, row.AssetsTotal, row.RawBlob));
    }

    [Fact]
    public async Task A_dead_event_that_nobody_can_read_gets_a_row_by_its_id()
    {
        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadAsync(Message(1) with { Body = BinaryData.FromString("nonsense") }));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, false, Id, RawEventStore.NameOf(row.ToKey())), (row.State, row.IsInterpreted, row.JobId, row.RawBlob));
    }

    [Fact]
    public async Task A_dead_event_of_which_its_row_knew_no_more_than_its_message_is_read_for_it()
    {
        var job = Unreachable;
        Provider.IsApiAway = true;
        await RecordAsync(Message(1, job));
        var waiting = (await RowAsync())!;
        Assert.Equal(DeadLetterRecording.RetryPending, await RecordDeadAsync(Message(1, job)));
        Assert.Equal(waiting.ETag, (await RowAsync())!.ETag);

        waiting.Entity[nameof(EventRow.NextAttemptAt)] = DateTimeOffset.UnixEpoch;
        await Storage.OpenEvents().UpdateAsync(waiting, Cancel);
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
}
