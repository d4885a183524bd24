using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Recording;

public sealed class EventRetryTests(AzuriteFixture azurite) : EventRecorderBench(azurite)
{
    [Fact]
    public async Task A_failed_event_is_scheduled_with_a_new_id_and_not_abandoned()
    {
        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = _ => throw new ServiceBusException("away", ServiceBusFailureReason.ServiceCommunicationProblem);
        var before = Clock.GetUtcNow();

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1)));

        var retry = Assert.Single(Bus.Sender(QueueNames.WebhookEvents).Sent);
        Assert.Equal(EventKey.Create("list", Id).MessageId + "/r1", retry.MessageId);
        Assert.InRange(retry.ScheduledEnqueueTime, before, before + TimeSpan.FromMinutes(1));
        Assert.Equal(before, EventMessage.TryRead(Received(retry))!.FirstAttemptAt);
    }

    [Fact]
    public async Task Attempts_continue_without_a_maximum_number_until_a_day_has_passed()
    {
        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = _ => throw new InvalidOperationException("always");
        var firstAttemptAt = ADayAgo + TimeSpan.FromHours(2);

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1) with { Attempt = 1000, FirstAttemptAt = firstAttemptAt }));

        var retry = EventMessage.TryRead(Received(Assert.Single(Bus.Sender(QueueNames.WebhookEvents).Sent)))!;
        Assert.Equal((1001, firstAttemptAt), (retry.Attempt, retry.FirstAttemptAt));
    }

    [Fact]
    public async Task A_failed_attempt_is_one_line_which_names_the_event_the_reason_and_the_next_attempt()
    {
        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = _ => throw new InvalidOperationException("a text that may contain anything");

        await RecordAsync(Message(1));

        var next = Assert.Single(Bus.Sender(QueueNames.WebhookEvents).Sent).ScheduledEnqueueTime;
        Assert.Equal(
            $"Warning Event list:{Id}: attempt 1 failed, the next is at {next:O}. The last attempt ended with InvalidOperationException.",
            Assert.Single(Logs.Lines.Select(line => $"{line.Level} {line.Text.Trim()}")));
    }

    [Fact]
    public async Task If_the_queue_is_also_unavailable_the_message_stays_locked_and_the_row_says_so()
    {
        foreach (var queue in new[] { QueueNames.AssetDownloads, QueueNames.WebhookEvents })
        {
            Bus.Sender(queue).BeforeSend = _ => throw new ServiceBusException("away", ServiceBusFailureReason.ServiceCommunicationProblem);
        }

        Assert.IsType<Settlement.LeaveLocked>(await RecordAsync(Message(1)));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Received, Clock.GetUtcNow() + RetrySchedule.RedeliveredAfter), (row.State, row.NextAttemptAt));
        Assert.EndsWith(
            "Its next message could not be sent (ServiceBusException (ServiceCommunicationProblem)). The broker redelivers the present one.",
            row.Entity.GetString("LastError"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_last_attempt_the_event_is_failed_and_dead_lettered_and_a_replay_records_it()
    {
        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = _ => throw new InvalidOperationException("always");

        var outcome = await RecordAsync(Message(2) with { FirstAttemptAt = ADayAgo });

        Assert.Equal(new Settlement.DeadLetter("RetriesExhausted", "Tried for 24 hours. The last attempt ended with InvalidOperationException."), outcome);
        Assert.Equal(EventState.Failed, (await RowAsync())!.State);

        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = static _ => Task.CompletedTask;
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(2)));

        Assert.Equal((EventState.Downloading, 2), ((await RowAsync())!.State, (await AssetsAsync()).Count));
        Assert.Equal(2, SentAssets.Count());
    }

    [Fact]
    public async Task An_event_that_is_re_driven_after_its_message_expired_has_another_day_for_its_attempts()
    {
        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = _ => throw new InvalidOperationException("always");
        var expired = Message(1) with { Attempt = 3, FirstAttemptAt = Clock.GetUtcNow() - TimeSpan.FromDays(14) };

        Assert.IsType<Settlement.Complete>(await RecordAsync(expired.Redriven(new Redrive(1, Clock.GetUtcNow(), 7))));

        Assert.Equal((4, Clock.GetUtcNow()), (Retry().Attempt, Retry().FirstAttemptAt));
        Assert.Equal(EventState.Received, (await RowAsync())!.State);
    }

    [Fact]
    public async Task An_event_whose_turn_has_not_come_waits_for_it_and_no_attempt_is_counted()
    {
        var before = Clock.GetUtcNow();

        await RecordAsync(Message(1, "crowded") with { Attempt = 3, FirstAttemptAt = before });
        await RecordAsync(EventMessage.TryRead(Received(Bus.Sender(QueueNames.WebhookEvents).Sent[0]))!);

        var sent = Bus.Sender(QueueNames.WebhookEvents).Sent;
        Assert.Equal(
            [before + ListProvider.Turn, before + 2 * ListProvider.Turn], sent.Select(message => EventMessage.TryRead(Received(message))!.FirstAttemptAt));
        Assert.Equal(["/r3.1", "/r3.2"], sent.Select(message => message.MessageId[EventKey.Create("list", Id).MessageId.Length..]));
        Assert.All(sent, message => Assert.InRange(message.ScheduledEnqueueTime, before + ListProvider.Turn, before + ListProvider.Turn + TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_final_state_that_the_API_never_confirms_is_failed_without_a_dead_letter()
    {
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1, "unfinished") with { FirstAttemptAt = ADayAgo }));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, "NotConfirmed"), (row.State, row.Entity.GetString("ErrorCode")));
        Assert.Contains("Not finished.", row.Entity.GetString("ErrorMessage"), StringComparison.Ordinal);
        Assert.Empty(Bus.Sender(QueueNames.WebhookEvents).Sent);
    }

    [Fact]
    public async Task The_message_of_a_row_of_a_newer_version_is_requeued_and_never_dead_lettered()
    {
        Provider.IsApiUnavailable = true;
        await RecordAsync(Message(1, Unreachable));
        var entity = (await RowAsync())!.Entity;
        entity["State"] = "Pondering";
        await Storage.Events.UpdateEntityAsync(entity, entity.ETag, TableUpdateMode.Replace, Cancel);

        var firstAttemptAt = ADayAgo;
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1) with { Attempt = 33, FirstAttemptAt = firstAttemptAt }));

        // A requeue is not an attempt, so it does not use up the time for attempts.
        var again = EventMessage.TryRead(Received(Bus.Sender(QueueNames.WebhookEvents).Sent[^1]))!;
        Assert.Equal((33, 1, firstAttemptAt + TimeSpan.FromMinutes(5)), (again.Attempt, again.Waits, again.FirstAttemptAt));
    }

    [Fact]
    public async Task A_waiting_event_shows_its_reason_and_its_time_on_its_row_and_continues_unchanged()
    {
        Provider.IsApiUnavailable = true;
        await RecordAsync(Message(1, Unreachable));
        var first = (await RowAsync())!;
        await RecordAsync(Message(1, Unreachable) with { Attempt = 1 });
        var second = (await RowAsync())!;
        Provider.IsApiUnavailable = false;
        await RecordAsync(Message(1, Unreachable));
        var last = (await RowAsync())!;

        var retries = Bus.Sender(QueueNames.WebhookEvents).Sent;
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
        var message = Message(1) with { Key = EventKey.Create("nobody", Id) };

        Assert.IsType<Settlement.Complete>(await RecordAsync(message));

        var row = (await Storage.OpenEvents().FindAsync(message.Key.PartitionKey, Cancel))!;
        Assert.Equal((EventState.Received, "The provider is not configured."), (row.State, row.Entity.GetString("LastError")));
        Assert.Single(Bus.Sender(QueueNames.WebhookEvents).Sent);
    }

    [Fact]
    public async Task An_event_that_fails_permanently_is_dead_lettered_even_if_its_row_cannot_be_written()
    {
        var message = Message(1) with { Key = EventKey.Create("nobody", Id), FirstAttemptAt = ADayAgo };
        await using var services = await WithoutTablesAsync();

        var outcome = await services.GetRequiredService<EventRecorder>().ProcessAsync(message, FirstDelivery, Cancel);

        var dead = Assert.IsType<Settlement.DeadLetter>(outcome);
        Assert.Equal("RetriesExhausted", dead.Reason);
        Assert.StartsWith("Tried for 24 hours. The last attempt ended with RequestFailedException (", dead.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_waiting_event_is_retried_even_if_its_row_cannot_be_written()
    {
        await using var services = await WithoutTablesAsync();

        Assert.IsType<Settlement.Complete>(await services.GetRequiredService<EventRecorder>().ProcessAsync(Message(1), FirstDelivery, Cancel));

        Assert.Single(Bus.Sender(QueueNames.WebhookEvents).Sent);
    }
}
