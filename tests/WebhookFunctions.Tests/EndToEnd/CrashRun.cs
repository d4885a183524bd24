using System.Diagnostics;
using System.Globalization;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// Run that kills the real worker ten times under load, and its host once. It measures the time until work continues, and checks that nothing is left for
/// an operator. It takes minutes, and its times are meaningful only on an idle machine, so it runs only on demand:
/// <c>dotnet test tests/WebhookFunctions.Tests --filter FullyQualifiedName~CrashRun --logger "console;verbosity=detailed" -- xUnit.Explicit=only</c>.
/// </summary>
public sealed class CrashRun(AzuriteFixture azurite, ITestOutputHelper output) : IAsyncDisposable
{
    private const int Kills = 10;
    private const int PerKill = 30;

    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan MaxAfterWorker = TimeSpan.FromSeconds(5);

    // A lock of a minute, and the start of the next host.
    private static readonly TimeSpan MaxAfterHost = TimeSpan.FromSeconds(75);

    private static readonly TimeSpan Download = TimeSpan.FromMilliseconds(300);

    private readonly HostileServer _source = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly AppKeys _keys = new();
    private readonly byte[] _content = SampleMedia.Mp4(5_000);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _directory.Dispose();
    }

    [Fact(Explicit = true)]
    public async Task A_worker_that_is_killed_ten_times_under_load_leaves_no_work_for_an_operator()
    {
        await using var app = await RunningApp.StartAsync(await azurite.NewAccountAsync(), keys: _keys);
        ServeSlowly();
        var jobs = new List<string>();
        var waits = new List<TimeSpan>();
        for (var kill = 0; kill < Kills; kill++)
        {
            for (var i = 0; i < PerKill; i++)
            {
                jobs.Add(Guid.NewGuid().ToString());
                var (key, body) = AppProcess.Announcement(jobs[^1], _source.Url($"/{jobs[^1]}.mp4"));
                using var answer = await app.PostAsync("sync", key, body);
                Assert.True(answer.IsSuccessStatusCode);
            }

            var requestsBefore = _source.Requests.Count;
            await Eventually.TrueAsync(() => Task.FromResult(_source.Requests.Count > requestsBefore), "Work");
            var killedWorker = await app.Host.GetWorkerAsync(Cancel);
            using (var worker = Process.GetProcessById(killedWorker.ProcessId))
            {
                worker.Kill();
            }

            while ((await app.Host.GetWorkerAsync(Cancel)).ProcessId == killedWorker.ProcessId)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), Cancel);
            }

            (requestsBefore, var ready) = (_source.Requests.Count, Stopwatch.StartNew());
            await Eventually.TrueAsync(() => Task.FromResult(_source.Requests.Count > requestsBefore), "Work in the new worker");
            waits.Add(ready.Elapsed);
        }

        var events = app.Storage.OpenEvents();
        var ended = Stopwatch.StartNew();
        foreach (var job in jobs)
        {
            Assert.Equal(EventState.Completed, (await EndedAsync(events, job)).State);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Kills} kills, {jobs.Count} events. Work continued {Seconds(waits.Min())} to {Seconds(waits.Max())} s after a new worker was ready; the rest took {Seconds(ended.Elapsed)} s."));
        Assert.InRange(waits.Max(), TimeSpan.Zero, MaxAfterWorker);
        Assert.Equal((0, 0), (await DeadLettersAsync(app, QueueNames.WebhookEvents), await DeadLettersAsync(app, QueueNames.AssetDownloads)));
    }

    [Fact(Explicit = true)]
    public async Task Downloads_of_a_killed_host_are_resumed_when_their_locks_expire()
    {
        var account = await azurite.NewAccountAsync();
        var events = (await AzuriteStorage.StorageAsync(account)).OpenEvents();
        var settings = _keys.Settings(account);
        var jobs = Enumerable.Range(0, PerKill).Select(_ => Guid.NewGuid().ToString()).ToList();
        _source.DefaultScript = exchange => Task.Delay(Timeout.InfiniteTimeSpan, exchange.Stopping);
        await using (var killedApp = await AppProcess.StartAsync(settings, _directory.Path))
        {
            foreach (var job in jobs)
            {
                await killedApp.AnnounceAsync(_keys, job, _source.Url($"/{job}.mp4"));
            }

            await Eventually.TrueAsync(() => Task.FromResult(_source.Requests.Count >= PerKill / 4), "Downloads");
            await killedApp.Process.KillAsync();
        }

        var killed = Stopwatch.StartNew();
        var started = _source.Requests.Select(request => request.Path).ToHashSet();
        var continuedAt = new Dictionary<string, TimeSpan>();
        _source.DefaultScript = async exchange =>
        {
            lock (continuedAt)
            {
                continuedAt.TryAdd(exchange.Request.Path, killed.Elapsed);
            }

            await exchange.ServeAsync(_content, "video/mp4", "\"v1\"");
        };
        await using var next = await AppProcess.StartAsync(settings, _directory.Path);
        var ready = killed.Elapsed;
        foreach (var job in jobs)
        {
            Assert.Equal(EventState.Completed, (await EndedAsync(events, job)).State);
        }

        var last = started.Max(path => continuedAt[path]);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{started.Count} downloads were broken. The next host was ready after {Seconds(ready)} s; they continued after {Seconds(started.Min(path => continuedAt[path]))} to {Seconds(last)} s."));
        Assert.InRange(last, TimeSpan.Zero, MaxAfterHost);
    }

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 1);

    private static async Task<long> DeadLettersAsync(RunningApp app, string queue) => (await app.Host.GetCountsAsync(queue, Cancel)).DeadLetters;

    private static async Task<EventRow> EndedAsync(EventStore events, string job)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(MaxDuration);
        while (true)
        {
            if (await events.FindAsync(EventKey.Create("sync", $"{job}:COMPLETED").PartitionKey, patience.Token) is { IsFinal: true } row)
            {
                return row;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
        }
    }

    private void ServeSlowly() => _source.DefaultScript = async exchange =>
    {
        await Task.Delay(Download, exchange.Stopping);
        await exchange.ServeAsync(_content, "video/mp4", "\"v1\"");
    };
}
