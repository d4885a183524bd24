using System.Text;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.DeadLetters;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Notifications;

/// <summary>Tests that dead letters of the queue job-notifications are listed, replayed, re-driven and erased like those of the other queues.</summary>
public sealed class DeadNotificationTests(AzuriteFixture azurite)
{
    private static readonly Dictionary<string, string?> QueueOnly = new() { ["Notify:Queue"] = "true" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dead_notification_is_listed_with_its_target_and_replayed_with_the_same_id()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        var row = await RefusedByItsTargetAsync(bench);

        var list = Encoding.UTF8.GetString((await bench.App.Get<DeadLetterListing>().ListAsync(QueueNames.JobNotifications, null, Cancel)).Body.Span);
        Assert.Contains("\"target\":\"queue\"", list, StringComparison.Ordinal);
        Assert.Contains(bench.App.JobId, list, StringComparison.Ordinal);

        var answer = await bench.App.Get<DeadLetterReplay>().RunAsync(QueueNames.JobNotifications, new ReplayRequest { All = true }, Cancel);
        Assert.Contains("\"replayed\":1", Encoding.UTF8.GetString(answer.Body.Span), StringComparison.Ordinal);
        Assert.Equal(1, (await bench.App.EventAsync()).NotificationsPending);
        await bench.RunAsync();

        Assert.Equal(row.NotificationId, Assert.Single(bench.Results).MessageId);
        Assert.Equal(NotificationState.Sent, Assert.Single(await bench.RowsAsync()).State);
        Assert.Equal(0, bench.App.Broker.DeadLetters(QueueNames.JobNotifications).Count);
        Assert.True((await bench.App.EventAsync()).IsFinished);
    }

    [Fact]
    public async Task A_replay_of_a_notification_that_was_sent_in_the_meantime_sends_nothing()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        var row = await RefusedByItsTargetAsync(bench);
        await bench.App.Get<NotificationStore>().ChangeAsync(
            row.PartitionKey,
            row.RowKey,
            there =>
            {
                there.State = NotificationState.Sent;
                return true;
            },
            Cancel);

        var answer = await bench.App.Get<DeadLetterReplay>().RunAsync(QueueNames.JobNotifications, new ReplayRequest { All = true }, Cancel);

        Assert.Contains("\"done\":1", Encoding.UTF8.GetString(answer.Body.Span), StringComparison.Ordinal);
        await bench.RunAsync();
        Assert.Empty(bench.Results);
    }

    [Fact]
    public async Task A_notification_dead_lettered_by_the_broker_is_re_driven_and_one_dead_lettered_by_a_person_is_marked()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        var isUnavailable = true;
        bench.App.Broker.Sender(QueueNames.JobNotifications).BeforeSend = _ => isUnavailable ? throw new TimeoutException() : Task.CompletedTask;
        bench.Receive(JobStatus.Succeeded);
        await bench.RunAsync();
        isUnavailable = false;
        var row = Assert.Single(await bench.RowsAsync());
        row.FirstAttemptAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(14);
        await bench.App.Get<NotificationStore>().UpdateAsync(row, Cancel);
        var message = WebhookFunctions.Notifications.NotificationDispatch.MessageOf(await bench.App.EventAsync(), row).ToMessage();
        var dead = bench.App.Broker.DeadLetters(QueueNames.JobNotifications);
        dead.Add(Dead(message, 1, nameof(DeadLetterReason.MaxDeliveryCountExceeded)));

        await bench.App.Get<DeadLetterReconciler>().RunAsync(QueueNames.JobNotifications, Cancel);

        Assert.Equal(0, dead.Count);
        var again = NotificationMessage.Read(Dead(bench.App.Broker.Sender(QueueNames.JobNotifications).Sent[^1], 2, ""))!;
        Assert.Equal((row.RowKey, 1), (again.Row, again.Redrive!.Count));

        dead.Add(Dead(message, 3, "Moved"));
        row = Assert.Single(await bench.RowsAsync());
        Assert.Null(row.FirstAttemptAt);
        (row.NextAttemptAt, row.UpdatedAt) = (null, TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1));
        await bench.App.Get<NotificationStore>().UpdateAsync(row, Cancel);
        await bench.App.Get<DeadLetterReconciler>().RunAsync(QueueNames.JobNotifications, Cancel);

        Assert.Equal(1, dead.Count);
        row = Assert.Single(await bench.RowsAsync());
        Assert.Equal((NotificationState.Failed, "Moved"), (row.State, row.ErrorCode));
    }

    [Fact]
    public async Task An_erasure_removes_the_dead_letters_of_the_job()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        await RefusedByItsTargetAsync(bench);

        var (removed, _, _) = await bench.App.Get<JobDeadLetters>().RemoveAsync(
            bench.App.Key.Provider, bench.App.JobId, [bench.App.Key.PartitionKey], () => true, DeadLetterScan.MaintenanceLimit, Cancel);

        Assert.Equal((1, 0), (removed, bench.App.Broker.DeadLetters(QueueNames.JobNotifications).Count));
    }

    private static ServiceBusReceivedMessage Dead(ServiceBusMessage message, long number, string reason) => ServiceBusModelFactory.ServiceBusReceivedMessage(
        body: message.Body,
        messageId: message.MessageId,
        sequenceNumber: number,
        properties: new Dictionary<string, object>(message.ApplicationProperties) { ["DeadLetterReason"] = reason });

    /// <summary>Creates an event with a notification that its target refused permanently.</summary>
    private static async Task<NotificationRow> RefusedByItsTargetAsync(NotificationBench bench)
    {
        var results = bench.App.Broker.Sender(QueueNames.JobResults);
        results.BeforeSend = _ => throw new ServiceBusException("Too large.", ServiceBusFailureReason.MessageSizeExceeded);
        bench.Receive(JobStatus.Succeeded);
        await bench.RunAsync();
        results.BeforeSend = static _ => Task.CompletedTask;
        Assert.Equal(1, bench.App.Broker.DeadLetters(QueueNames.JobNotifications).Count);
        return Assert.Single(await bench.RowsAsync());
    }
}
