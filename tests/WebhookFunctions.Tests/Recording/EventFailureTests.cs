using Azure.Core;
using Azure.Core.Pipeline;
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
    public async Task An_event_that_the_API_denies_is_failed_without_a_dead_letter_and_one_that_it_cannot_answer_is_retried(string answer, string? reason)
    {
        var job = $"{answer}-{Id}";
        Provider.IsApiUnavailable = true;

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1, job)));

        var row = await RowAsync();
        Assert.Equal((reason is null ? EventState.Received : EventState.Failed, reason), (row?.State, row?.Entity.GetString("ErrorCode")));
        Assert.Equal(Assurance.Unconfirmed, row?.Assurance);
        Assert.Equal(reason is null ? 1 : 0, Bus.Sender(QueueNames.WebhookEvents).Sent.Count);
        Assert.Empty(SentAssets);
        Assert.Null(await App.GetRequiredService<JobStore>().FindAsync("list", job, Cancel));
    }

    [Fact]
    public async Task An_event_without_a_row_that_the_broker_dead_letters_gets_one_with_its_job_and_without_assets()
    {
        var job = $"job-{Id}";

        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadLetterAsync(Message(3, job)));

        var row = (await RowAsync())!;
        Assert.Equal(
            (EventState.Failed, true, job, 0, "MaxDeliveryCountExceeded", "Ten deliveries."),
            (row.State, row.IsInterpreted, row.JobId, row.AssetsTotal, row.Entity.GetString("ErrorCode"), row.Entity.GetString("ErrorMessage")));
        Assert.Empty(await AssetsAsync());
        Assert.Equal(Message(3, job).Body.ToArray(), (await RawEvents.ReadAsync(row.RawBlob!, row.BodySha256, Cancel))!.ToArray());
        Assert.Equal(row.RawBlob, Assert.Single(await JobEventsAsync(job)).RawBlob);
    }

    [Fact]
    public async Task A_dead_lettered_event_is_read_from_its_blob_and_if_that_does_not_exist_its_row_names_it()
    {
        var withClaimCheck = await WithClaimCheckAsync(Message(1));
        var withoutBody = Message(1) with { Key = EventKey.Create("list", $"{Id}-gone"), Body = BinaryData.Empty, ClaimCheck = $"list/{Id}.json" };

        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadLetterAsync(withClaimCheck));
        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadLetterAsync(withoutBody));

        Assert.Equal((true, withClaimCheck.ClaimCheck), ((await RowAsync())!.IsInterpreted, (await RowAsync())!.RawBlob));
        var unread = (await Storage.OpenEvents().FindAsync(withoutBody.Key.PartitionKey, Cancel))!;
        Assert.Equal((EventState.Failed, false, withoutBody.ClaimCheck), (unread.State, unread.IsInterpreted, unread.RawBlob));
    }

    [Fact]
    public async Task A_dead_lettered_event_that_was_not_dispatched_is_failed_on_its_row()
    {
        var message = Message(2);
        var received = new ReceivedEvent(message.Key, message.Coverage, message.ReceivedAt, EventJson.TryParse(message.Body)!.RootElement);
        var row = EventRow.Create(received, new ListProvider(Provider).Interpret(received), "raw", message.ReceivedAt);
        Assert.Equal(WriteResult.Written, await Storage.OpenEvents().InsertAsync(row, [], Cancel));

        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadLetterAsync(message));

        row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, 2, "raw"), (row.State, row.AssetsTotal, row.RawBlob));
    }

    [Fact]
    public async Task A_dead_lettered_event_that_cannot_be_read_gets_a_row_by_its_id()
    {
        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadLetterAsync(Message(1) with { Body = BinaryData.FromString("nonsense") }));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, false, Id, RawEventStore.NameOf(row.ToKey())), (row.State, row.IsInterpreted, row.JobId, row.RawBlob));
    }

    [Fact]
    public async Task A_dead_lettered_event_that_was_not_interpreted_is_interpreted_for_its_row()
    {
        var job = Unreachable;
        Provider.IsApiUnavailable = true;
        await RecordAsync(Message(1, job));
        var waiting = (await RowAsync())!;
        Assert.Equal(DeadLetterRecording.RetryPending, await RecordDeadLetterAsync(Message(1, job)));
        Assert.Equal(waiting.ETag, (await RowAsync())!.ETag);

        waiting.Entity[nameof(EventRow.NextAttemptAt)] = DateTimeOffset.UnixEpoch;
        await Storage.OpenEvents().UpdateAsync(waiting, Cancel);
        Assert.Equal(DeadLetterRecording.Recorded, await RecordDeadLetterAsync(Message(1, job)));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, true, job), (row.State, row.IsInterpreted, row.JobId));
    }

    [Fact]
    public async Task A_dead_letter_of_an_event_that_was_dispatched_does_not_fail_it()
    {
        await RecordAsync(Message(1));

        Assert.Equal(DeadLetterRecording.AlreadyDispatched, await RecordDeadLetterAsync(Message(1)));

        Assert.Equal(EventState.Downloading, (await RowAsync())!.State);
    }

    [Fact]
    public async Task A_denial_that_another_write_of_the_row_preceded_is_recorded_all_the_same()
    {
        var message = Message(1, $"denied-{Id}");
        Assert.Equal(WriteResult.Written, await Storage.OpenEvents().InsertAsync(Waiting(message), [], Cancel));

        Assert.IsType<Settlement.Complete>(await App.GetRequiredService<EventFailure>().DenyAsync(message, found: null, "No such job.", Cancel));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, "NotConfirmed"), (row.State, row.Entity.GetString("ErrorCode")));
    }

    [Fact]
    public async Task A_dead_letter_whose_event_another_delivery_schedules_meanwhile_is_judged_by_the_new_row()
    {
        var message = Message(1);
        var policy = new BeforeFirstTransaction(async () =>
            Assert.Equal(WriteResult.Written, await Storage.OpenEvents().InsertAsync(Waiting(message), [], Cancel)));
        await using var app = await WithPolicyAsync(policy);

        var result = await app.GetRequiredService<EventFailure>().RecordDeadLetterAsync(message, enqueuedAt: default, "MaxDeliveryCountExceeded", "Ten deliveries.", Cancel);

        Assert.Equal((DeadLetterRecording.RetryPending, EventState.Received), (result, (await RowAsync())!.State));
    }

    private EventRow Waiting(EventMessage message) =>
        EventFailure.Uninterpreted(message, Clock.GetUtcNow()).WithPendingRetry("Waits.", Clock.GetUtcNow() + TimeSpan.FromHours(1), Clock.GetUtcNow());

    /// <summary>Pipeline policy that runs another write before the first transaction.</summary>
    private sealed class BeforeFirstTransaction(Func<Task> other) : HttpPipelinePolicy
    {
        private int _transactions;

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            if (message.Request.Uri.Path.EndsWith("$batch", StringComparison.Ordinal) && Interlocked.Increment(ref _transactions) == 1)
            {
                await other();
            }

            await ProcessNextAsync(message, pipeline);
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
            throw new NotSupportedException("The test uses only asynchronous requests.");
    }
}
