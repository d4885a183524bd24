using System.Globalization;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>
/// Tests of downloads that are interrupted because the host stops, the time limit is reached, another worker has the lease, or storage is unavailable.
/// </summary>
public sealed class InterruptionTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly byte[] Content = SampleMedia.Mp4(500_000);

    private readonly HostileServer _source = new();
    private readonly TaskCompletionSource _sourcePaused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _continue = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _continue.TrySetResult();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task When_the_host_stops_the_download_continues_in_another_message()
    {
        await using var bench = await AssetBench.CreateAsync(azurite);
        var message = await bench.AnnounceAsync(_source.On("/v.mp4", HoldAt(200_000)));
        using var stopping = new CancellationTokenSource();
        var processing = bench.Processor.ProcessAsync(message, bench.NewDelivery(), stopping.Token);
        await _sourcePaused.Task;
        await ArrivedAsync(bench, 200_000);
        await stopping.CancelAsync();

        Assert.IsType<Settlement.Complete>(await processing);

        Assert.Equal(200_000, await bench.StagedBytesAsync());
        var next = bench.Next();
        Assert.Equal((0, 1), (next.Attempt, next.Continuation));
        Assert.Null((await bench.RowAsync()).LeaseOwner);

        _source.Serve("/v.mp4", Content);
        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(next));
        Assert.Equal(SampleMedia.Sha256(Content), (await bench.RowAsync()).Sha256);
        Assert.Equal(1, (await bench.RowAsync()).Attempts);
        Assert.Equal(200_000, _source.Requests.Last().RangeFrom);
    }

    [Fact]
    public async Task When_the_host_stops_and_the_broker_is_unavailable_the_message_stays_locked()
    {
        await using var bench = await AssetBench.CreateAsync(azurite);
        bench.Queue.BeforeSend = _ => throw new Azure.Messaging.ServiceBus.ServiceBusException(
            "Away.", Azure.Messaging.ServiceBus.ServiceBusFailureReason.ServiceCommunicationProblem);
        var message = await bench.AnnounceAsync(_source.On("/v.mp4", HoldAt(200_000)));
        using var stopping = new CancellationTokenSource();
        var processing = bench.Processor.ProcessAsync(message, bench.NewDelivery(), stopping.Token);
        await _sourcePaused.Task;
        await stopping.CancelAsync();

        Assert.IsType<Settlement.LeaveLocked>(await processing);
    }

    [Fact]
    public async Task A_download_that_exceeds_the_time_of_one_message_continues_in_another_without_a_failure()
    {
        await using var bench = await AssetBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Assets:RunTime"] = "00:00:04" });
        var message = await bench.AnnounceAsync(_source.On("/v.mp4", HoldAt(200_000)));
        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(message));

        var row = await bench.RowAsync();
        Assert.Equal((AssetState.Downloading, 0), (row.State, row.Attempts));
        var next = bench.Next();
        Assert.Equal((0, 1), (next.Attempt, next.Continuation));

        _source.Serve("/v.mp4", Content);
        var requestsBefore = _source.Requests.Count;
        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(next));

        // On a busy machine the time may be over again before the rest has arrived.
        for (var continuation = 2; (await bench.RowAsync()).State == AssetState.Downloading; continuation++)
        {
            next = bench.Next();
            Assert.Equal((0, continuation), (next.Attempt, next.Continuation));
            Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(next));
        }

        Assert.Equal((SampleMedia.Sha256(Content), 1), ((await bench.RowAsync()).Sha256, (await bench.RowAsync()).Attempts));
        Assert.Equal(200_000, _source.Requests.ElementAt(requestsBefore).RangeFrom);
    }

    [Fact]
    public async Task If_the_source_cannot_resume_exceeding_the_time_of_one_message_is_a_failure()
    {
        await using var bench = await AssetBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Assets:RunTime"] = "00:00:01" });
        var message = await bench.AnnounceAsync(_source.On("/v.mp4", HoldAt(200_000, etag: "W/\"v1\"")));

        // On a busy machine the time limit may be reached before the source has answered. Then the attempt has not failed, and the next message repeats it.
        for (var tries = 0; tries < 20; tries++)
        {
            Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(message));
            message = bench.Next();
            if (message.Attempt > 0)
            {
                break;
            }
        }

        Assert.Equal((AssetState.Retrying, "TooSlow", 1), await StateAsync(bench));
    }

    [Fact]
    public async Task A_source_that_still_sends_after_24_hours_fails_the_asset()
    {
        await using var bench = await AssetBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Assets:RunTime"] = "00:00:01" });
        var source = new AssetSource { Name = "video", Url = _source.On("/v.mp4", HoldAt(200_000)) };
        var letter = Assert.IsType<Settlement.DeadLetter>(await bench.DeliverAsync(await bench.AnnounceAsync(source, age: TimeSpan.FromHours(25))));

        Assert.Equal("RetriesExhausted", letter.Reason);
        Assert.Equal((AssetState.Failed, "RetriesExhausted", 1), await StateAsync(bench));
        Assert.Empty(bench.Queue.Sent);
    }

    [Fact]
    public async Task A_download_without_a_free_slot_waits_and_does_not_fail()
    {
        await using var bench = await AssetBench.CreateAsync(
            azurite, new Dictionary<string, string?> { ["Assets:MaxDownloads"] = "1" });
        var message = await bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        using var slot = bench.Get<DownloadLimiter>().TryEnter(message with { Source = message.Source with { Url = "https://elsewhere.example/" } });
        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(message));

        var next = bench.Next();
        Assert.Equal((0, 1, 0), (next.Attempt, next.Continuation, next.TransientFailures));
        Assert.Equal((AssetState.Pending, (string?)null, 0), await StateAsync(bench));
        Assert.Empty(_source.Requests);
    }

    [Fact]
    public async Task A_worker_whose_lease_was_taken_over_stops_without_harm()
    {
        await using var bench = await AssetBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Assets:LeaseTime"] = "00:00:00.600" });
        var message = await bench.AnnounceAsync(_source.On("/v.mp4", HoldAt(200_000)));
        var delivery = bench.NewDelivery();
        var slow = bench.DeliverAsync(message, delivery);
        await _sourcePaused.Task;

        // The message was redelivered, and the second delivery finished the work before the first one continued.
        _source.Serve("/v.mp4", Content);
        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(message, delivery with { LockToken = "another" }));
        Assert.IsType<Settlement.Complete>(await slow);

        Assert.Equal(SampleMedia.Sha256(Content), (await bench.RowAsync()).Sha256);
        Assert.Single(await bench.BlobsAsync());
        Assert.Equal((1, 0), ((await bench.EventAsync()).AssetsStored, (await bench.EventAsync()).AssetsFailed));
        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(bench.Next()));
    }

    [Fact]
    public async Task A_lease_is_renewed_while_the_download_runs()
    {
        await using var bench = await AssetBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Assets:LeaseTime"] = "00:00:00.600" });
        var message = await bench.AnnounceAsync(_source.On("/v.mp4", HoldAt(200_000)));
        var running = bench.DeliverAsync(message);
        await _sourcePaused.Task;
        var first = (await bench.RowAsync()).LeaseExpiresAt;
        while ((await bench.RowAsync()).LeaseExpiresAt == first)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        _continue.SetResult();
        Assert.IsType<Settlement.Complete>(await running);
        Assert.Equal(AssetState.Stored, (await bench.RowAsync()).State);
    }

    [Fact]
    public async Task A_lease_is_renewed_after_a_renewal_has_failed()
    {
        var faults = new FaultPolicy();
        await using var bench = await AssetBench.CreateAsync(
            azurite, new Dictionary<string, string?> { ["Assets:LeaseTime"] = "00:00:09" }, await azurite.ClientsAsync(faults));
        var message = await bench.AnnounceAsync(_source.On("/v.mp4", HoldAt(200_000)));
        var running = bench.DeliverAsync(message);
        await _sourcePaused.Task;
        await ArrivedAsync(bench, 200_000);
        var first = (await bench.RowAsync()).LeaseExpiresAt;
        faults.When = request => request.Request.Uri.Path.Contains("WebhookEvents", StringComparison.Ordinal);
        await Eventually.TrueAsync(() => Task.FromResult(faults.IsDead), "An attempt to renew the lease");
        faults.Restart();

        await Eventually.TrueAsync(async () => (await bench.RowAsync()).LeaseExpiresAt > first, "The lease's renewal");
        _continue.SetResult();
        Assert.IsType<Settlement.Complete>(await running);
        Assert.Equal(AssetState.Stored, (await bench.RowAsync()).State);
    }

    [Fact]
    public async Task While_storage_is_unavailable_the_message_waits_longer_each_time()
    {
        var faults = new FaultPolicy();
        await using var bench = await AssetBench.CreateAsync(azurite, replace: await azurite.ClientsAsync(faults));
        var message = await bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        faults.When = _ => true;
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 5; i++)
        {
            Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(message));
            message = bench.Next();
            waits.Add(bench.Queue.Sent[^1].ScheduledEnqueueTime - bench.Get<TimeProvider>().GetUtcNow());
        }

        // Each wait is a random part of a maximum, which doubles with each attempt.
        Assert.All(waits.Index(), wait => Assert.InRange(wait.Item, TimeSpan.Zero, RetrySchedule.LongestDelayAfter(wait.Index)));
        Assert.Equal(5, message.TransientFailures);

        faults.Restart();
        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(message));
        Assert.Equal((AssetState.Stored, (string?)null, 1), await StateAsync(bench));
    }

    [Fact]
    public async Task Assets_of_a_host_without_free_slots_wait_and_others_run_now()
    {
        await using var other = new HostileServer();
        await using var bench = await AssetBench.CreateAsync(
            azurite, new Dictionary<string, string?> { ["Assets:MaxDownloadsPerHost"] = 1.ToString(CultureInfo.InvariantCulture) });
        var first = await bench.AnnounceAsync(_source.On("/v.mp4", HoldAt(200_000)));
        var running = bench.DeliverAsync(first);
        await _sourcePaused.Task;

        bench.NewEvent();
        var second = await bench.AnnounceAsync(new AssetSource { Name = "second", Url = _source.Serve("/w.mp4", Content) });
        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(second));
        Assert.Equal((AssetState.Pending, (string?)null, 0), await StateAsync(bench));
        Assert.Equal((0, 1), (bench.Next().Attempt, bench.Next().Continuation));

        _continue.SetResult();
        await running;
        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(bench.Next()));
        Assert.Equal(AssetState.Stored, (await bench.RowAsync()).State);
    }

    [Fact]
    public async Task A_running_download_can_be_observed()
    {
        await using var bench = await AssetBench.CreateAsync(azurite);
        var message = await bench.AnnounceAsync(_source.On("/v.mp4", HoldAt(200_000)));
        var running = bench.DeliverAsync(message);
        await _sourcePaused.Task;
        var seen = await ArrivedAsync(bench, 200_000);
        Assert.Equal((Content.Length, "video", bench.JobId), (seen.TotalBytes, seen.Name, seen.JobId));

        _continue.SetResult();
        await running;
        Assert.Empty(bench.Get<RunningDownloads>().Now);
    }

    private static async Task<RunningDownload> ArrivedAsync(AssetBench bench, long bytes)
    {
        var download = bench.Get<RunningDownloads>().Now.Single();
        while (download.Bytes < bytes)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        return download;
    }

    private static async Task<(AssetState State, string? ErrorCode, int Attempts)> StateAsync(AssetBench bench)
    {
        var row = await bench.RowAsync();
        return (row.State, row.ErrorCode, row.Attempts);
    }

    /// <summary>Returns a script that sends <paramref name="bytes"/> bytes, signals it, and waits for <see cref="_continue"/>.</summary>
    private Func<Exchange, Task> HoldAt(int bytes, string etag = "\"v1\"") => async exchange =>
    {
        await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: {etag}\r\nContent-Length: {Content.Length}\r\n\r\n");
        await exchange.SendAsync(Content.AsMemory(0, bytes));
        _sourcePaused.TrySetResult();
        await _continue.Task.WaitAsync(exchange.Stopping);
        await exchange.SendAsync(Content.AsMemory(bytes));
    };
}
