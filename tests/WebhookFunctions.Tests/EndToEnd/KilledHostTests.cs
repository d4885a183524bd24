using System.Net;
using System.Text;
using LocalHost.Demo;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

public sealed class KilledHostTests(AzuriteFixture azurite)
{
    private const int Jobs = 6;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Everything_that_was_answered_200_ends_after_a_kill_in_the_middle_of_a_download(int download)
    {
        var storage = await azurite.NewAccountAsync();
        using var directory = new TemporaryDirectory();
        var keys = new AppKeys();
        await using var media = await MediaServer.StartAsync(TestContext.Current.CancellationToken);
        var midway = HoldMidway(media, download);
        var sent = new List<(SampleWebhook Webhook, SampleScene Scene)>();

        await using (var killed = Start(keys, storage, directory))
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = await killed.ReadyAsync() };
            for (var i = 0; i < Jobs; i++)
            {
                sent.Add(await SendAsync(http, keys, media));
            }

            await midway.WaitAsync(Eventually.MaxWait, TestContext.Current.CancellationToken);
            await killed.KillAsync();
        }

        await using var next = Start(keys, storage, directory);
        await next.ReadyAsync();
        // This app only reads the same storage. Its own broker is empty, so it processes nothing.
        await using var reader = await RunningApp.StartAsync(storage, keys: keys, media: media);
        foreach (var (webhook, scene) in sent)
        {
            var row = await reader.EndedAsync("sync", webhook.WebhookId);
            Assert.Equal(EventState.Completed, row.State);
            await reader.AssertStoredAsync(row, scene);
        }

        Assert.Equal(Jobs * 2, (await reader.CountStoredAsync()).Blobs - Jobs);
    }

    [Fact]
    public async Task A_second_host_with_the_same_data_directory_reports_it_and_exits_with_1()
    {
        var storage = await azurite.NewAccountAsync();
        using var directory = new TemporaryDirectory();
        await using var first = Start(new AppKeys(), storage, directory);
        await first.ReadyAsync();

        await using var second = Start(new AppKeys(), storage, directory);

        Assert.Equal(1, await second.ExitCodeAsync());
        Assert.Contains("in use by another local host", second.Output, StringComparison.Ordinal);
    }

    /// <summary>Makes the server stop in the middle of an answer until the client disconnects.</summary>
    /// <returns>A task that completes when half of the answer has been sent.</returns>
    private static Task HoldMidway(MediaServer media, int download)
    {
        var midway = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = 0;
        media.Before = async (context, file) =>
        {
            if (Interlocked.Increment(ref started) == download)
            {
                context.Response.ContentType = file.ContentType;
                context.Response.ContentLength = file.Content.Length;
                await context.Response.Body.WriteAsync(file.Content.AsMemory(0, file.Content.Length / 2), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                midway.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
            }
        };
        return midway.Task;
    }

    // The lease is short, because the next host waits until that of the killed one has expired.
    private static LocalHostProcess Start(AppKeys keys, string storage, TemporaryDirectory directory) => LocalHostProcess.Start(
        new Dictionary<string, string>(keys.Settings(storage)) { ["Assets__LeaseTime"] = "00:00:05" }, "run", "--port", "0", "--data", directory.Path);

    private static async Task<(SampleWebhook Webhook, SampleScene Scene)> SendAsync(HttpClient http, AppKeys keys, MediaServer media)
    {
        var scene = new SampleScene(SampleScene.NewId(), TimeProvider.System.GetUtcNow(), media.Add);
        var webhook = AppKeys.Samples("sync").Samples.Single(sample => sample.Event == "COMPLETED").Write(scene);
        var body = Encoding.UTF8.GetBytes(webhook.Body);
        using var request = WebhookHttp.Request(new Uri("api/webhooks/sync", UriKind.Relative), body, keys.Sign("sync", webhook.WebhookId, body));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (webhook, scene);
    }
}
