using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Recording;

/// <summary>Tests of events whose starts end with the process.</summary>
public sealed class SuspectEventTests(AzuriteFixture azurite) : EventRecorderBench(azurite)
{
    private const int LastSuspectStart = WorkStarts.Ordinary + WorkStarts.AsSuspect;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 3)]
    [InlineData(99, 3)]
    public async Task Starts_are_counted_on_the_row_from_the_third_delivery_and_removed_when_the_event_waits(int delivery, int starts)
    {
        var seen = -1;
        Provider.Answer = async _ =>
        {
            seen = (await RowAsync())?.Starts ?? 0;
            throw new HttpRequestException("away");
        };

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1, Unreachable), Delivery(delivery)));

        Assert.Equal((starts, 0), (seen, (await RowAsync())!.Starts));
    }

    [Fact]
    public async Task A_suspect_waits_without_a_start_while_another_one_is_processed_and_its_row_says_so()
    {
        await RowWithStartsAsync(WorkStarts.Ordinary);
        using (App.GetRequiredService<SuspectGate>().TryEnter())
        {
            Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1), Delivery(1)));
            var etag = (await RowAsync())!.ETag;
            Assert.IsType<Settlement.Complete>(await RecordAsync(Next(), Delivery(1)));
            Assert.Equal(etag, (await RowAsync())!.ETag);
        }

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Received, WorkStarts.Ordinary), (row.State, row.Starts));
        Assert.Contains("one at a time", row.Entity.GetString("LastError"), StringComparison.Ordinal);
        Assert.Equal((0, 2), (Next().Attempt, Next().Waits));
        Assert.Empty(SentAssets);

        Assert.IsType<Settlement.Complete>(await RecordAsync(Next(), Delivery(1)));
        Assert.Equal((EventState.Downloading, 0), ((await RowAsync())!.State, (await RowAsync())!.Starts));
        Assert.Single(SentAssets);
    }

    [Fact]
    public async Task A_continuation_with_an_older_count_does_not_lower_the_starts_of_the_row()
    {
        // Another delivery has recorded further starts since this one read the row.
        await RowWithStartsAsync(3);

        Assert.IsType<Settlement.Complete>(await App.GetRequiredService<EventRetry>().ContinueAsync(Message(1), starts: 2, Cancel));

        Assert.Equal((EventState.Received, 3), ((await RowAsync())!.State, (await RowAsync())!.Starts));
        Assert.Equal(1, Next().Waits);
    }

    [Fact]
    public async Task A_message_that_was_delivered_often_continues_in_a_new_one_with_the_starts_of_its_row()
    {
        await RowWithStartsAsync(3);

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1), Delivery(100)));

        Assert.Equal((EventState.Received, 3, 0, 1), ((await RowAsync())!.State, (await RowAsync())!.Starts, Next().Attempt, Next().Waits));
        Assert.IsType<Settlement.Complete>(await RecordAsync(Next(), Delivery(1)));
        Assert.Equal(EventState.Downloading, (await RowAsync())!.State);
    }

    [Fact]
    public async Task An_event_whose_message_was_delivered_often_continues_soon_and_the_starts_of_its_next_message_count_on()
    {
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1, Unreachable), Delivery(100)));
        Assert.Equal(Clock.GetUtcNow() + TimeSpan.FromSeconds(1), Assert.Single(Bus.Sender(QueueNames.WebhookEvents).Sent).ScheduledEnqueueTime);
        var seen = 0;
        Provider.Answer = async generation =>
        {
            seen = (await RowAsync())!.Starts;
            return generation;
        };

        Assert.IsType<Settlement.Complete>(await RecordAsync(Next(), Delivery(1)));

        Assert.Equal((3, 0, EventState.Downloading), (seen, (await RowAsync())!.Starts, (await RowAsync())!.State));
    }

    [Fact]
    public async Task An_event_that_is_redelivered_because_the_broker_refuses_its_messages_never_becomes_a_suspect()
    {
        foreach (var queue in new[] { QueueNames.AssetDownloads, QueueNames.WebhookEvents })
        {
            Bus.Sender(queue).BeforeSend = static _ => throw new ServiceBusException("full", ServiceBusFailureReason.QuotaExceeded);
        }

        for (var delivery = 1; delivery < 2 * LastSuspectStart; delivery++)
        {
            Assert.IsType<Settlement.LeaveLocked>(await RecordAsync(Message(1), Delivery(delivery)));
        }

        Assert.Equal((EventState.Received, 0), ((await RowAsync())!.State, (await RowAsync())!.Starts));
    }

    [Fact]
    public async Task A_suspect_enters_the_gate_counts_its_start_and_leaves_the_gate()
    {
        await RowWithStartsAsync(LastSuspectStart - 1);
        var (isOccupied, starts) = (false, 0);
        Provider.Answer = async generation =>
        {
            using var turn = App.GetRequiredService<SuspectGate>().TryEnter();
            (isOccupied, starts) = (turn is null, (await RowAsync())!.Starts);
            return generation;
        };

        await RecordAsync(Message(1, Unreachable), Delivery(1));

        Assert.Equal((true, LastSuspectStart), (isOccupied, starts));
        using var free = App.GetRequiredService<SuspectGate>().TryEnter();
        Assert.NotNull(free);
    }

    [Fact]
    public async Task After_ten_starts_as_the_running_suspect_an_event_is_parked_with_its_body_and_a_replay_records_it()
    {
        await RowWithStartsAsync(LastSuspectStart);

        var letter = Assert.IsType<Settlement.DeadLetter>(await RecordAsync(Message(1), Delivery(1)));

        Assert.Equal(nameof(DeadLetterReason.CrashesWorker), letter.Reason);
        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, letter.Reason, 0), (row.State, row.Entity.GetString("ErrorCode"), row.Starts));
        Assert.Empty(SentAssets);

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1).Replayed(17), Delivery(1)));
        Assert.Equal(EventState.Downloading, (await RowAsync())!.State);
    }

    [Fact]
    public async Task Of_two_concurrent_deliveries_that_create_the_row_each_counts_its_start()
    {
        await Task.WhenAll(RecordAsync(Message(3), Delivery(3)), RecordAsync(Message(3), Delivery(3)));

        Assert.Equal((EventState.Downloading, 3, 0), ((await RowAsync())!.State, (await AssetsAsync()).Count, (await RowAsync())!.Starts));
    }

    private static MessageDelivery Delivery(int count) => new(1, Guid.NewGuid().ToString(), count);

    private EventMessage Next() => EventMessage.TryRead(Received(Bus.Sender(QueueNames.WebhookEvents).Sent[^1]))!;

    private async Task RowWithStartsAsync(int starts) => await Storage.OpenEvents().InsertAsync(
        EventRow.CreateUninterpreted(Message(1).ToReceived(default), null, Clock.GetUtcNow()).WithStarts(starts), [], Cancel);
}
