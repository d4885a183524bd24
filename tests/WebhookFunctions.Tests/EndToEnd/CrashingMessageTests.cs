using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of one asset among many that crashes the real worker at each start.</summary>
public sealed class CrashingMessageTests(AzuriteFixture azurite, ITestOutputHelper output)
{
    private const int Healthy = 100;

    // Enough for fourteen starts of a worker on a busy machine.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Download = TimeSpan.FromMilliseconds(200);

    /// <summary>Writes eleven of the starts to the asset's row instead of causing them, because each real one needs a new worker.</summary>
    [Fact]
    public Task The_asset_that_crashes_the_worker_each_time_is_parked_and_all_others_are_stored() => CrashAsync(written: 11);

    /// <summary>Causes all starts. It takes a minute on two idle cores and much longer on busy ones: <c>-- xUnit.Explicit=only</c>.</summary>
    [Fact(Explicit = true)]
    public Task The_asset_that_crashes_fourteen_workers_is_parked_and_all_others_are_stored() => CrashAsync(written: 0);

    private async Task CrashAsync(int written)
    {
        var content = SampleMedia.Mp4(5_000);
        var kills = 0;
        var started = Stopwatch.StartNew();
        await using var source = new HostileServer();
        await using var app = await RunningApp.StartAsync(await azurite.NewAccountAsync());
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.DefaultScript = async exchange =>
        {
            await sent.Task.WaitAsync(exchange.Stopping);
            await Task.Delay(Download, exchange.Stopping);
            await exchange.ServeAsync(content, "video/mp4", "\"v1\"");
        };
        source.On("/crasher.mp4", async exchange =>
        {
            await sent.Task.WaitAsync(exchange.Stopping);
            output.WriteLine($"{started.Elapsed.TotalSeconds:0.0} s: worker {Interlocked.Increment(ref kills)} ends.");
            using var worker = Process.GetProcessById((await app.Host.GetWorkerAsync(exchange.Stopping)).ProcessId);
            worker.Kill();
            if (kills == 1 && written > 0)
            {
                // Before the new worker has started.
                var events = app.Storage.OpenEvents();
                var row = (await events.FindAssetAsync(EventKey.Create("sync", "crasher:COMPLETED").PartitionKey, AssetRow.KeyOf(0), exchange.Stopping))!;
                row.Starts += written;
                Assert.Equal(WriteResult.Written, await events.UpdateAsync(row, exchange.Stopping));
            }
        });
        var names = Enumerable.Range(0, Healthy).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToList();
        names.Insert(Healthy / 10, "crasher");
        foreach (var name in names)
        {
            await PostAsync(app, name, source.Url($"/{name}.mp4"));
        }

        started.Restart();
        sent.SetResult();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(MaxDuration);
        var ended = new Dictionary<string, EventRow>();
        foreach (var name in names)
        {
            ended.Add(name, await EndedAsync(app, name, patience.Token));
        }

        output.WriteLine($"{kills} workers ended; all of {names.Count} events had ended after {started.Elapsed.TotalSeconds:0.0} s.");
        var parked = await app.Results.AssetsAsync(ended["crasher"], patience.Token);
        Assert.Equal(
            (AssetState.Failed, nameof(DeadLetterReason.CrashesWorker)), (Assert.Single(parked).State, parked[0].ErrorCode));
        Assert.Equal(EventState.CompletedWithFailures, ended["crasher"].State);
        Assert.All(ended.Where(row => row.Key != "crasher"), row => Assert.Equal((EventState.Completed, 1), (row.Value.State, row.Value.AssetsStored)));
        Assert.Equal(WorkStarts.Ordinary + WorkStarts.AsSuspect - written, kills);
        // The crashing asset may be dead-lettered later, if it was taken over from the line and its scheduled message is not due yet. If a worker ended after
        // it scheduled that message, the asset has two messages, and both are dead-lettered.
        Assert.All(await DeadLettersAsync(app), webhookId => Assert.Equal("crasher:COMPLETED", webhookId));
        Assert.Equal(0, (await app.Host.GetCountsAsync(QueueNames.WebhookEvents, patience.Token)).DeadLetters);
    }

    private static async Task PostAsync(RunningApp app, string name, string link)
    {
        var (webhookId, body) = AppProcess.Announcement(name, link);
        using var answer = await app.PostAsync("sync", webhookId, body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<IReadOnlyList<string?>> DeadLettersAsync(RunningApp app)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"dead-letters/{QueueNames.AssetDownloads}");
        using var answer = await app.SendAsync(request);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return [.. json.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("webhookId").GetString())];
    }

    private static async Task<EventRow> EndedAsync(RunningApp app, string name, CancellationToken patience)
    {
        while (true)
        {
            if (await app.Results.FindEventAsync("sync", $"{name}:COMPLETED", patience) is { IsFinal: true } row)
            {
                return row;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), patience);
        }
    }
}
