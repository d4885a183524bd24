using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of one asset, or one event, among many that crashes the real worker at each start.</summary>
public sealed class CrashingMessageTests(AzuriteFixture azurite, ITestOutputHelper output)
{
    private const int MaxStarts = WorkStarts.Ordinary + WorkStarts.AsSuspect;

    private const int Healthy = 100;

    private const int HealthyEvents = 10;

    // Enough for fourteen starts of a worker on a busy machine.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Download = TimeSpan.FromMilliseconds(200);

    // Long enough for other suspects to begin, if they could.
    private static readonly TimeSpan SuspectDownload = TimeSpan.FromSeconds(1);

    private readonly Stopwatch _started = Stopwatch.StartNew();

    // The healthy assets that become suspects, one start short of being parked. A crash beside one of them would park it.
    private static readonly string[] HealthySuspects = ["suspect-0", "suspect-1", "suspect-2"];

    /// <summary>Writes eleven of the starts to the asset's row instead of causing them, because each real one needs a new worker.</summary>
    [Fact]
    public Task The_asset_that_crashes_the_worker_each_time_is_parked_and_all_others_are_stored_healthy_suspects_too() =>
        CrashAsync(written: 11, HealthySuspects);

    /// <summary>Causes all starts. It takes a minute on two idle cores and much longer on busy ones: <c>-- xUnit.Explicit=only</c>.</summary>
    [Fact(Explicit = true)]
    public Task The_asset_that_crashes_fourteen_workers_is_parked_and_all_others_are_stored() => CrashAsync(written: 0, []);

    /// <summary>Writes nine of the starts to the event's row instead of causing them.</summary>
    [Fact]
    public async Task The_event_that_crashes_the_worker_each_time_is_parked_and_all_others_are_recorded()
    {
        await using var api = new HostileServer();
        await using var app = await RunningApp.StartWithAsync(await azurite.NewAccountAsync(), ("GEMINIGEN_API_BASE_URL", api.Url("")), ("GEMINIGEN_API_KEY", "geminigen-api-key"));
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var recorded = new ConcurrentQueue<int>();
        api.DefaultScript = exchange => exchange.AnswerAsync("200 OK", "Content-Type: application/json\r\n", """{"status":3}"""u8.ToArray());
        api.On("/uapi/v1/history/crasher", async exchange =>
        {
            await sent.Task.WaitAsync(exchange.Stopping);
            // The others end meanwhile. Otherwise they would become suspects too, and wait for each other.
            await Task.Delay(SuspectDownload, exchange.Stopping);
            await KillWorkerAsync(app, exchange.Stopping);
            var row = await app.Results.FindEventAsync("geminigen", "crasher", exchange.Stopping);
            recorded.Enqueue(row?.Starts ?? 0);
            if (row is { Starts: 3 })
            {
                Assert.Equal(WriteResult.Written, await app.Storage.OpenEvents().UpdateAsync(row.WithStarts(MaxStarts - 2), exchange.Stopping));
            }
        });
        var names = NamesWith("crasher", HealthyEvents);
        foreach (var name in names)
        {
            await PostAsync(app, "geminigen", name, $$"""{"event":"TTS_TEXT_FAILED","uuid":"{{name}}","data":{"uuid":"{{name}}","status":3} }""");
        }

        _started.Restart();
        sent.SetResult();
        var ended = await EndedAsync(app, "geminigen", names);

        Assert.Equal((EventState.Failed, nameof(DeadLetterReason.CrashesWorker)), (ended["crasher"].State, ended["crasher"].Entity.GetString("ErrorCode")));
        Assert.All(ended.Where(row => row.Key != "crasher"), row => Assert.Equal((EventState.Recorded, Assurance.Confirmed), (row.Value.State, row.Value.Assurance)));
        // The first two deliveries record no start.
        Assert.Equal([0, 3, MaxStarts - 1, MaxStarts], recorded.Distinct());
        Assert.Equal(["crasher"], await DeadLettersAsync(app, QueueNames.WebhookEvents));
    }

    private async Task CrashAsync(int written, string[] healthySuspects)
    {
        var content = SampleMedia.Mp4(5_000);
        var (kills, running) = (0, 0);
        var together = new ConcurrentQueue<int>();
        await using var source = new HostileServer();
        // An asset that waits for a slot is lost to the memory of a crashed worker, and returns after more than a minute. Here none has to wait.
        await using var app = await RunningApp.StartWithAsync(await azurite.NewAccountAsync(), ("Assets__MaxDownloads", "32"), ("Assets__MaxDownloadsPerHost", "32"));
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var marked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.DefaultScript = async exchange =>
        {
            await sent.Task.WaitAsync(exchange.Stopping);
            await Task.Delay(Download, exchange.Stopping);
            await exchange.ServeAsync(content, "video/mp4", "\"v1\"");
        };
        foreach (var name in healthySuspects)
        {
            source.On($"/{name}.mp4", async exchange =>
            {
                // A request from before the first crash is never answered.
                await marked.Task.WaitAsync(exchange.Stopping);
                await AsSuspectAsync(exchange.Stopping);
                await exchange.ServeAsync(content, "video/mp4", "\"v1\"");
            });
        }

        source.On("/crasher.mp4", async exchange =>
        {
            await sent.Task.WaitAsync(exchange.Stopping);
            if (kills > 0 && written > 0)
            {
                await AsSuspectAsync(exchange.Stopping);
            }

            await KillWorkerAsync(app, exchange.Stopping);
            if (++kills == 1 && written > 0)
            {
                // Before the new worker has started.
                await SetStartsAsync(app, "crasher", starts => starts + written);
                await Task.WhenAll(healthySuspects.Select(name => SetStartsAsync(app, name, _ => MaxStarts - 1)));
                marked.SetResult();
            }
        });
        List<string> names = [.. NamesWith("crasher", Healthy), .. healthySuspects];
        foreach (var name in names)
        {
            var (webhookId, body) = AppProcess.Announcement(name, source.Url($"/{name}.mp4"));
            await PostAsync(app, "sync", webhookId, Encoding.UTF8.GetString(body));
        }

        foreach (var name in healthySuspects)
        {
            await Eventually.GetAsync(() => AssetAsync(app, name), row => row is not null, $"The row of {name}");
        }

        _started.Restart();
        sent.SetResult();
        var ended = await EndedAsync(app, "sync", [.. names.Select(name => $"{name}:COMPLETED")]);

        var parked = await app.Results.AssetsAsync(ended["crasher:COMPLETED"], TestContext.Current.CancellationToken);
        Assert.Equal(
            (AssetState.Failed, nameof(DeadLetterReason.CrashesWorker)), (Assert.Single(parked).State, parked[0].ErrorCode));
        Assert.Equal(EventState.CompletedWithFailures, ended["crasher:COMPLETED"].State);
        Assert.All(
            ended.Where(row => row.Key != "crasher:COMPLETED"),
            row => Assert.Equal((row.Key, EventState.Completed, 1), (row.Key, row.Value.State, row.Value.AssetsStored)));
        Assert.Equal(MaxStarts - written, kills);
        Assert.All(together, count => Assert.Equal(1, count));
        Assert.Equal(["crasher:COMPLETED"], (await DeadLettersAsync(app, QueueNames.AssetDownloads)).Distinct());
        Assert.Equal(0, (await app.Host.GetCountsAsync(QueueNames.WebhookEvents, TestContext.Current.CancellationToken)).DeadLetters);

        async Task AsSuspectAsync(CancellationToken stopping)
        {
            together.Enqueue(Interlocked.Increment(ref running));
            await Task.Delay(SuspectDownload, stopping);
            Interlocked.Decrement(ref running);
        }
    }

    private async Task KillWorkerAsync(RunningApp app, CancellationToken cancellationToken)
    {
        using var worker = Process.GetProcessById((await app.Host.GetWorkerAsync(cancellationToken)).ProcessId);
        worker.Kill();
        await worker.WaitForExitAsync(cancellationToken);
        output.WriteLine($"{_started.Elapsed.TotalSeconds:0.0} s: worker {worker.Id} ended.");
    }

    /// <summary>Returns the names of healthy work, with a crasher after the first tenth.</summary>
    private static List<string> NamesWith(string crasher, int healthy)
    {
        var names = Enumerable.Range(0, healthy).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToList();
        names.Insert(healthy / 10, crasher);
        return names;
    }

    private static Task<AssetRow?> AssetAsync(RunningApp app, string name) => app.Storage.OpenEvents().FindAssetAsync(
        EventKey.Create("sync", $"{name}:COMPLETED").PartitionKey, AssetRow.KeyOf(0), TestContext.Current.CancellationToken);

    private static async Task SetStartsAsync(RunningApp app, string name, Func<int, int> change)
    {
        var row = (await AssetAsync(app, name))!;
        row.Starts = change(row.Starts);
        Assert.Equal(WriteResult.Written, await app.Storage.OpenEvents().UpdateAsync(row, TestContext.Current.CancellationToken));
    }

    private static async Task PostAsync(RunningApp app, string provider, string webhookId, string body)
    {
        using var answer = await app.PostAsync(provider, webhookId, Encoding.UTF8.GetBytes(body));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<IReadOnlyList<string?>> DeadLettersAsync(RunningApp app, string queue)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"dead-letters/{queue}");
        using var answer = await app.SendAsync(request);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return [.. json.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("webhookId").GetString())];
    }

    /// <summary>Waits until all events have ended, and returns their rows.</summary>
    private async Task<Dictionary<string, EventRow>> EndedAsync(RunningApp app, string provider, List<string> webhookIds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(MaxDuration);
        var ended = new Dictionary<string, EventRow>();
        foreach (var webhookId in webhookIds)
        {
            EventRow? row;
            while ((row = await app.Results.FindEventAsync(provider, webhookId, patience.Token)) is not { IsFinal: true })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
            }

            ended.Add(webhookId, row);
        }

        output.WriteLine($"{_started.Elapsed.TotalSeconds:0.0} s: all of {ended.Count} events have ended.");
        return ended;
    }
}
