using System.Net;
using EmbeddedServiceBus;
using LocalHost.Demo;
using LocalHost.Hosting;
using LocalHost.Samples;
using LocalHost.ServiceBus;
using LocalHost.Storage;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests in which storage or the broker is unavailable for a while, or the process ends between two steps.</summary>
public sealed class UnavailablePartsTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task A_webhook_during_an_outage_of_the_broker_is_answered_503_and_accepted_later()
    {
        await using var app = await RunningApp.StartAsync(await azurite.NewAccountAsync(), WithDefaultTimeout);
        var (webhook, scene) = app.Write("gemini", "video.generated:video_uri");

        app.Host.Broker.IsUnavailable = true;
        using (var answer = await app.PostAsync("gemini", webhook))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        app.Host.Broker.IsUnavailable = false;
        await app.AssertAcceptedAsync("gemini", webhook);
        var row = await app.EndedAsync("gemini", webhook.WebhookId);
        Assert.Equal(EventState.Completed, row.State);
        await app.AssertStoredAsync(row, scene);
    }

    [Fact]
    public async Task A_large_webhook_during_an_outage_of_storage_is_answered_503_and_accepted_later()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var directory = new TemporaryDirectory();
        var storage = await AzuriteServer.StartAsync(LastingPorts.Next(), directory.Path, cancellation);
        await using var app = await RunningApp.StartAsync(storage.ConnectionString, WithDefaultTimeout);
        var (webhook, _) = app.Write("sync", "FAILED");
        webhook = webhook with { Body = webhook.Body.Replace("\"options\": {", $"\"options\": {{ \"padding\": \"{new string('x', 300_000)}\",", StringComparison.Ordinal) };

        await storage.DisposeAsync();
        using (var answer = await app.PostAsync("sync", webhook))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        await using var again = await AzuriteServer.StartAsync(storage.Ports, directory.Path, cancellation);
        await app.AssertAcceptedAsync("sync", webhook);
        Assert.Equal(EventState.Recorded, (await app.EndedAsync("sync", webhook.WebhookId)).State);
    }

    [Fact]
    public async Task A_message_waits_during_an_outage_of_storage_and_continues_after_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var directory = new TemporaryDirectory();
        var storage = await AzuriteServer.StartAsync(LastingPorts.Next(), directory.Path, cancellation);
        await using var app = await RunningApp.StartAsync(storage.ConnectionString);
        var (webhook, scene) = app.Write("sync", "COMPLETED");

        await storage.DisposeAsync();
        await app.AssertAcceptedAsync("sync", webhook);
        // The message waits as a scheduled one. If it were abandoned, it would reach the maximum delivery count within seconds.
        await Eventually.TrueAsync(
            async () => (await app.Host.GetCountsAsync(QueueNames.WebhookEvents, cancellation)).Scheduled == 1, "The wait of the event's message");
        await using var again = await AzuriteServer.StartAsync(storage.Ports, directory.Path, cancellation);

        var row = await app.EndedAsync("sync", webhook.WebhookId);
        Assert.Equal(EventState.Completed, row.State);
        await app.AssertStoredAsync(row, scene);
        Assert.Equal(0, (await app.Host.GetCountsAsync(QueueNames.WebhookEvents, cancellation)).DeadLetters);
    }

    [Fact]
    public async Task A_process_that_ends_between_the_events_row_and_the_asset_messages_loses_none_of_them()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var storage = await azurite.NewAccountAsync();
        using var directory = new TemporaryDirectory();
        await using var media = await MediaServer.StartAsync(cancellation);
        var keys = new AppKeys();
        SampleWebhook webhook;
        SampleScene scene;
        await using (var killedApp = await RunningApp.StartAsync(storage, options => options with { BrokerDirectory = directory.Path }, keys, media))
        {
            var atAssets = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            killedApp.Host.Broker.Before = operation => operation.Queue == QueueNames.AssetDownloads && operation.Name != nameof(IServiceBusBroker.ReceiveAsync)
                ? EndAsync(operation)
                : Task.CompletedTask;
            (webhook, scene) = killedApp.Write("sync", "COMPLETED");

            await killedApp.AssertAcceptedAsync("sync", webhook);
            await atAssets.Task.WaitAsync(Eventually.MaxWait, cancellation);

            var row = await killedApp.Results.FindEventAsync("sync", webhook.WebhookId, cancellation);
            Assert.Equal(EventState.Received, row?.State);

            // From here no message and no settlement of this process reaches the broker, as if it had been killed.
            Task EndAsync(BrokerOperation operation)
            {
                atAssets.TrySetResult();
                killedApp.Host.Broker.IsUnavailable = true;
                return Task.Delay(Timeout.InfiniteTimeSpan, operation.CancellationToken);
            }
        }

        await using var next = await RunningApp.StartAsync(storage, options => options with { BrokerDirectory = directory.Path }, keys, media);
        var ended = await next.EndedAsync("sync", webhook.WebhookId);
        Assert.Equal(EventState.Completed, ended.State);
        await next.AssertStoredAsync(ended, scene);
        Assert.All(scene.Links, link => Assert.Equal(1, media[link].Requests));
    }

    /// <summary>Uses the app's default timeout for the queue, not that of the other tests.</summary>
    private static LocalHostOptions WithDefaultTimeout(LocalHostOptions options) => options with
    {
        Settings = new Dictionary<string, string>(options.Settings) { ["Receive__EnqueueTimeout"] = "00:00:10" },
    };
}
