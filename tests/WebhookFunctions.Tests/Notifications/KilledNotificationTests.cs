using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Notifications;

/// <summary>Tests that kill the process at every step between a webhook and its notification. The same notification must always be sent.</summary>
public sealed class KilledNotificationTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly Dictionary<string, string?> Settings = new() { ["Notify:Queue"] = "true", ["Notify:LinkMinutes"] = "5" };
    private static readonly byte[] Content = SampleMedia.Mp4(5_000);

    private readonly FaultPolicy _faults = new();
    private readonly HostileServer _source = new();
    private NotificationBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await NotificationBench.CreateAsync(azurite, Settings, await azurite.ClientsAsync(_faults));
        _source.Serve("/a.mp4", Content);
        foreach (var queue in (string[])[.. QueueNames.Consumed, QueueNames.JobResults])
        {
            _bench.App.Broker.Sender(queue).BeforeSend = _faults.BeforeSendAsync;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_process_that_is_killed_at_any_step_loses_no_notification_and_sends_no_other(bool hasAsset, bool afterEffect)
    {
        var steps = 0;
        for (bool died; ; steps++)
        {
            _bench.App.NewEvent();
            var before = _bench.Results.Count;
            _bench.Receive(JobStatus.Succeeded, hasAsset ? [_source.Url("/a.mp4")] : []);
            _faults.CrashAt(steps + 1, afterEffect);
            died = false;
            _bench.CrashesBeforeSettling = () => _faults.IsDead;

            await _bench.RunAsync(() =>
            {
                died = true;
                _faults.Restart();
            });

            _faults.Restart();
            await AssertNotifiedAsync(before, steps);
            if (!died)
            {
                break;
            }
        }

        // Verifies that the test killed the process at many steps.
        Assert.True(steps > (hasAsset ? 20 : 10), $"{steps} steps.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_is_killed_before_it_settles_any_of_its_messages_sends_the_same_again(bool hasAsset)
    {
        var settlements = hasAsset ? 3 : 2;
        for (var fatal = 0; fatal < settlements; fatal++)
        {
            _bench.App.NewEvent();
            var before = _bench.Results.Count;
            _bench.Receive(JobStatus.Succeeded, hasAsset ? [_source.Url("/a.mp4")] : []);
            var settled = 0;
            var killedAt = fatal;
            _bench.CrashesBeforeSettling = () => settled++ == killedAt;

            await _bench.RunAsync();

            await AssertNotifiedAsync(before, fatal);
        }
    }

    private async Task AssertNotifiedAsync(int before, int step)
    {
        var notifications = _bench.Results.Skip(before).ToList();
        var row = Assert.Single(await _bench.RowsAsync());
        Assert.True(row.State == NotificationState.Sent, $"Step {step}: {row.State}, {row.LastError}");
        Assert.NotEmpty(notifications);
        Assert.All(notifications, message => Assert.Equal(row.NotificationId, message.MessageId));
        Assert.Single(notifications.Select(WithoutLinks).Distinct());
        Assert.True((await _bench.App.EventAsync()).IsFinished, $"Step {step}: the event is not finished.");
    }

    private static string WithoutLinks(Azure.Messaging.ServiceBus.ServiceBusMessage message)
    {
        var notification = NotificationBench.Read(message);
        var data = notification["data"]!.AsObject();
        data.Remove("linksExpireAt");
        foreach (var asset in data["assets"]!.AsArray())
        {
            asset!.AsObject().Remove("link");
        }

        return notification.ToJsonString();
    }
}
