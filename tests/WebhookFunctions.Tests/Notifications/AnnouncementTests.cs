using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Notifications;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Notifications;

/// <summary>Tests of which events lead to notifications, when, and how often.</summary>
public sealed class AnnouncementTests(AzuriteFixture azurite)
{
    private static readonly Dictionary<string, string?> QueueOnly = new() { ["Notify:Queue"] = "true" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(JobStatus.Succeeded, "webhookfunctions.job.succeeded")]
    [InlineData(JobStatus.Failed, "webhookfunctions.job.failed")]
    [InlineData(JobStatus.Cancelled, "webhookfunctions.job.cancelled")]
    [InlineData(JobStatus.Expired, "webhookfunctions.job.expired")]
    [InlineData(JobStatus.NeedsAction, "webhookfunctions.job.needs-action")]
    [InlineData(JobStatus.Running, null)]
    [InlineData(JobStatus.Queued, null)]
    [InlineData(JobStatus.Unknown, null)]
    public async Task A_final_status_and_a_required_action_are_announced_and_progress_is_not(JobStatus status, string? type)
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        bench.Receive(status);

        await bench.RunAsync();

        Assert.Equal(type is null ? [] : [type], bench.Results.Select(message => message.Subject));
        Assert.True((await bench.App.EventAsync()).IsFinished);
    }

    [Fact]
    public async Task Progress_is_announced_if_a_setting_requests_it()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Notify:Queue"] = "true", ["Notify:All"] = "true" });
        bench.Receive(JobStatus.Running);

        await bench.RunAsync();

        var notification = NotificationBench.Read(Assert.Single(bench.Results));
        Assert.Equal(("webhookfunctions.job.updated", "running"), ((string?)notification["type"], (string?)notification["data"]!["status"]));
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("true", 1)]
    public async Task An_unconfirmed_status_is_announced_only_if_a_setting_requests_it(string? setting, int count)
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Notify:Queue"] = "true", ["Notify:Unconfirmed"] = setting });
        await bench.App.Events.InsertAsync(await AnnouncedAsync(bench, Assurance.Unconfirmed, JobStatus.Unconfirmed), [], Cancel);

        await bench.RunAsync();

        Assert.Equal(count, bench.Results.Count);
        Assert.All(bench.Results, message => Assert.Equal("webhookfunctions.job.unconfirmed", message.Subject));
    }

    [Fact]
    public async Task With_no_target_nothing_is_written_or_sent()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, new Dictionary<string, string?>());
        bench.Receive(JobStatus.Succeeded);

        await bench.RunAsync();

        var row = await bench.App.EventAsync();
        Assert.Equal((EventState.Recorded, null, null, 0), (row.State, row.Announces, row.Outcome, row.NotificationsPending));
        Assert.Empty(await bench.RowsAsync());
        Assert.Empty(bench.App.Broker.Sender(QueueNames.JobNotifications).Sent);
    }

    [Fact]
    public async Task A_duplicate_is_not_announced_again()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        bench.Receive(JobStatus.Succeeded);
        await bench.RunAsync();

        bench.Receive(JobStatus.Succeeded);
        await bench.RunAsync();

        Assert.Single(bench.Results);
    }

    [Fact]
    public async Task An_event_that_does_not_change_the_jobs_status_is_not_announced()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        var now = TimeProvider.System.GetUtcNow();
        bench.Receive(new GenerationEvent { EventType = "test", JobId = bench.App.JobId, Assurance = Assurance.Signed, Status = JobStatus.Succeeded, OccurredAt = now });
        await bench.RunAsync();
        bench.App.NewEvent();

        bench.Receive(new GenerationEvent
        {
            EventType = "test", JobId = bench.App.JobId, Assurance = Assurance.Signed, Status = JobStatus.Failed, OccurredAt = now.AddHours(-1),
        });
        await bench.RunAsync();

        Assert.Equal("webhookfunctions.job.succeeded", Assert.Single(bench.Results).Subject);
    }

    [Fact]
    public async Task A_reopened_event_is_announced_again_with_another_id_only_if_its_final_status_differs()
    {
        await using var source = new HostileServer();
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        bench.Receive(JobStatus.Succeeded, source.Url("/late.mp4"));
        await bench.RunAsync();
        var failed = Assert.Single(bench.Results);

        await ReopenAsync(bench);
        await EndAsync(bench, AssetState.Failed);
        await bench.RunAsync();
        Assert.Single(bench.Results);

        await ReopenAsync(bench);
        await EndAsync(bench, AssetState.Stored);
        await bench.RunAsync();

        Assert.Equal(2, bench.Results.Count);
        Assert.NotEqual(failed.MessageId, bench.Results[1].MessageId);
        Assert.Equal(("failed", "stored"), (StateOf(failed), StateOf(bench.Results[1])));
        Assert.All(await bench.RowsAsync(), row => Assert.Equal(NotificationState.Sent, row.State));
    }

    [Fact]
    public async Task An_unsent_notification_is_superseded_if_its_event_ends_with_another_status()
    {
        await using var source = new HostileServer();
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        var isUnavailable = true;
        bench.App.Broker.Sender(QueueNames.JobNotifications).BeforeSend = _ => isUnavailable ? throw new TimeoutException() : Task.CompletedTask;
        bench.Receive(JobStatus.Succeeded, source.Url("/late.mp4"));
        await bench.RunAsync();
        Assert.Equal(1, (await bench.App.EventAsync()).NotificationsPending);

        isUnavailable = false;
        await ReopenAsync(bench);
        await EndAsync(bench, AssetState.Stored);
        await bench.RunAsync();

        Assert.Equal("stored", StateOf(Assert.Single(bench.Results)));
        Assert.Equal(
            [NotificationState.Sent, NotificationState.Superseded], (await bench.RowsAsync()).Select(row => row.State).Order());
        Assert.True((await bench.App.EventAsync()).IsFinished);
    }

    [Fact]
    public async Task An_event_stays_in_the_list_of_unfinished_ones_until_its_notifications_are_sent_and_the_sweep_sends_pending_ones()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var bench = await SweptAsync(clock);
        var isUnavailable = true;
        bench.App.Broker.Sender(QueueNames.JobNotifications).BeforeSend = _ => isUnavailable ? throw new TimeoutException() : Task.CompletedTask;
        bench.Receive(JobStatus.Succeeded);
        await bench.RunAsync();

        Assert.Single(await UnfinishedAsync(bench));
        Assert.Empty(bench.Results);

        isUnavailable = false;
        await SweepAsync(bench, clock);
        await bench.RunAsync();

        Assert.Single(bench.Results);
        Assert.Empty(await UnfinishedAsync(bench));
    }

    [Fact]
    public async Task An_event_that_the_sweep_settles_stays_in_the_list_of_unfinished_ones_while_it_owes_notifications()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var bench = await SweptAsync(clock);
        await using var source = new HostileServer();
        bench.Receive(JobStatus.Succeeded, source.Url("/late.mp4"));
        await bench.RunAsync();
        await ReopenAsync(bench);
        var asset = await bench.App.RowAsync();
        asset.State = AssetState.Stored;
        Assert.Equal(WriteResult.Written, await bench.App.Events.UpdateAsync(asset, Cancel));
        bench.App.Broker.Sender(QueueNames.JobNotifications).BeforeSend = static _ => throw new TimeoutException();

        await SweepAsync(bench, clock);
        Assert.Equal((EventState.Completed, 1), ((await bench.App.EventAsync()).State, (await bench.App.EventAsync()).NotificationsPending));
        Assert.Single(await UnfinishedAsync(bench));

        bench.App.Broker.Sender(QueueNames.JobNotifications).BeforeSend = static _ => Task.CompletedTask;
        await SweepAsync(bench, clock);
        await bench.RunAsync();
        Assert.Equal(["failed", "stored"], bench.Results.Select(StateOf));
        Assert.Empty(await UnfinishedAsync(bench));
    }

    [Fact]
    public async Task The_row_of_a_notification_that_cannot_be_composed_says_why_it_waits_and_until_when()
    {
        // The assets are read last.
        var assets = new UnavailablePart("asset%3A");
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly, await azurite.ClientsAsync(assets));
        bench.App.Broker.Sender(QueueNames.JobNotifications).BeforeSend = static _ => throw new TimeoutException();
        bench.Receive(JobStatus.Succeeded);
        await bench.RunAsync();
        var message = NotificationDispatch.MessageOf(await bench.App.EventAsync(), Assert.Single(await bench.RowsAsync()));
        bench.App.Broker.Sender(QueueNames.JobNotifications).BeforeSend = static _ => Task.CompletedTask;
        assets.IsOn = true;

        Assert.IsType<Settlement.Complete>(await bench.App.Get<NotificationProcessor>().ProcessAsync(message, Cancel));

        var row = Assert.Single(await bench.RowsAsync());
        Assert.Equal(
            (NotificationState.Pending, 0, "The last attempt ended with RequestFailedException (503)."), (row.State, row.Attempts, row.LastError));
        var scheduled = Assert.Single(bench.App.Broker.Sender(QueueNames.JobNotifications).Sent).ScheduledEnqueueTime;
        Assert.InRange(scheduled - row.NextAttemptAt!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_notification_of_an_erased_event_is_dropped_with_its_message()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        bench.Receive(JobStatus.Succeeded);
        var row = await AnnouncedAsync(bench, Assurance.Signed, JobStatus.Succeeded);
        await bench.App.Events.InsertAsync(row, [], Cancel);
        await bench.App.Get<EventErasure>().EraseAsync(
            new WebhookFunctions.Storage.Jobs.JobEvent(row.PartitionKey, row.ReceivedAt, RawEventStore.NameOf(bench.App.Key)), Cancel);

        await bench.RunAsync();

        Assert.NotEmpty(bench.App.Broker.Sender(QueueNames.JobNotifications).Sent);
        Assert.Empty(bench.Results);
        Assert.Empty(await bench.RowsAsync());
    }

    [Fact]
    public async Task A_target_that_is_no_longer_configured_gets_no_notifications()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, QueueOnly);
        bench.Receive(JobStatus.Succeeded);
        await bench.RunAsync();
        var store = bench.App.Get<NotificationStore>();
        var sent = Assert.Single(await bench.RowsAsync());
        await store.ChangeAsync(
            sent.PartitionKey,
            sent.RowKey,
            row =>
            {
                (row.State, row.Target) = (NotificationState.Pending, "webhook-gone");
                return true;
            },
            Cancel);
        Assert.False((await bench.App.EventAsync()).IsFinished);

        var message = NotificationDispatch.MessageOf(await bench.App.EventAsync(), (await bench.RowsAsync())[0]) with { Attempt = sent.Attempts };
        Assert.IsType<Settlement.Complete>(await bench.App.Get<NotificationProcessor>().ProcessAsync(message, Cancel));

        Assert.Equal(NotificationState.Dropped, Assert.Single(await bench.RowsAsync()).State);
        Assert.True((await bench.App.EventAsync()).IsFinished);
    }

    /// <summary>Returns a bench with its own account, because the sweep reads all events of an account.</summary>
    private async Task<NotificationBench> SweptAsync(FakeTimeProvider clock)
    {
        var account = await azurite.NewAccountAsync();
        await AzuriteStorage.StorageAsync(account);
        return await NotificationBench.CreateAsync(
            azurite,
            new Dictionary<string, string?>(QueueOnly) { ["AzureWebJobsStorage"] = account },
            services => services.AddSingleton<TimeProvider>(clock));
    }

    private static Task SweepAsync(NotificationBench bench, FakeTimeProvider clock)
    {
        clock.Advance(TimeSpan.FromMinutes(40));
        return bench.App.Get<UnfinishedSweep>().RunAsync(Cancel);
    }

    private static string? StateOf(Azure.Messaging.ServiceBus.ServiceBusMessage message) =>
        (string?)NotificationBench.Read(message)["data"]!["assets"]![0]!["state"];

    private static ValueTask<List<EventIndexEntry>> UnfinishedAsync(NotificationBench bench) => bench.App.Get<EventIndex>()
        .UnfinishedAsync(DateTimeOffset.MinValue, bench.App.Get<TimeProvider>().GetUtcNow().AddDays(1), Cancel)
        .ToListAsync(Cancel);

    /// <summary>Returns the row of a new event, which is inserted in its final state.</summary>
    private static async Task<EventRow> AnnouncedAsync(NotificationBench bench, Assurance assurance, JobStatus status)
    {
        var now = bench.App.Get<TimeProvider>().GetUtcNow();
        var generation = new GenerationEvent { EventType = "test", JobId = bench.App.JobId, Assurance = assurance, Status = status };
        var row = EventRow.Create(new ReceivedEvent(bench.App.Key, SignatureCoverage.RawBody, now, default), generation, "none", now);
        await bench.App.Get<EventAnnouncements>().MarkAsync(row, generation, Task.FromResult(new WebhookFunctions.Storage.Jobs.JobUpdate(IsFirst: true, IsApplied: true)));
        return row.WithStateFromCounts(now);
    }

    private static async Task ReopenAsync(NotificationBench bench)
    {
        var asset = await bench.App.RowAsync();
        var before = asset.State;
        asset.Reopen(TimeProvider.System.GetUtcNow());
        Assert.Equal(WriteResult.Written, await bench.App.Get<AssetCompletionWriter>().WriteAsync(asset, before, Cancel));
    }

    private static async Task EndAsync(NotificationBench bench, AssetState state)
    {
        var asset = await bench.App.RowAsync();
        var before = asset.State;
        asset.State = state;
        Assert.Equal(WriteResult.Written, await bench.App.Get<AssetCompletionWriter>().WriteAsync(asset, before, Cancel));
    }
}
