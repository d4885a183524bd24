using System.Diagnostics;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of assets that wait for a slot and are downloaded by the invocation of another message, and of their scheduled messages.</summary>
public sealed class TakeOverTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly byte[] Content = SampleMedia.Mp4(300_000);

    private readonly HostileServer _source = new();
    private readonly FaultPolicy _faults = new();
    private AssetBench _bench = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var clients = await azurite.ClientsAsync(_faults);
        _bench = await AssetBench.CreateAsync(
            azurite, new Dictionary<string, string?> { ["Assets:MaxDownloads"] = "1" }, services => clients(services));
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Fact]
    public async Task A_waiting_asset_is_downloaded_once_and_its_scheduled_message_finds_it_done_without_a_slot()
    {
        var scheduled = await WaitAsync(_source.Serve("/v.mp4", Content));
        Assert.Equal((AssetState.Pending, 1), ((await _bench.RowAsync()).State, scheduled.Continuation));
        Assert.InRange(
            _bench.Queue.Sent.Single().ScheduledEnqueueTime - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(75));

        await TakeOverAsync();

        Assert.Equal((AssetState.Stored, SampleMedia.Sha256(Content)), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).Sha256));
        using (Occupy(scheduled))
        {
            Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(scheduled));
        }

        Assert.Single(_source.Requests);
        Assert.Single(_bench.Queue.Sent);
        Assert.Equal(1, (await _bench.EventAsync()).AssetsStored);
    }

    [Fact]
    public async Task Nothing_is_taken_over_while_no_slot_is_free_by_an_old_invocation_or_while_the_host_stops()
    {
        var scheduled = await WaitAsync(_source.Serve("/v.mp4", Content));
        using (Occupy(scheduled))
        {
            await TakeOverAsync();
        }

        await _bench.Processor.TakeOverAsync(
            Stopwatch.GetTimestamp() - (long)(AssetAdmission.TakeoverTime.TotalSeconds * Stopwatch.Frequency) - 1, _bench.NewDelivery(), Cancel);
        Assert.False(await _bench.Processor.TakeOverAsync(Stopwatch.GetTimestamp(), _bench.NewDelivery(), new CancellationToken(canceled: true)));

        Assert.Empty(_source.Requests);
        Assert.True(await TakeOverAsync());
        Assert.Single(_source.Requests);

        // With an empty line, a stop needs no redelivery.
        Assert.True(await _bench.Processor.TakeOverAsync(Stopwatch.GetTimestamp(), _bench.NewDelivery(), new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task A_wait_that_will_be_long_shows_on_the_row_at_once_and_its_message_downloads_the_asset()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        // Ten seconds for each, and half of that in addition.
        for (var i = 1; i <= 40; i++)
        {
            _bench.Get<DownloadLimiter>().Join(new WaitingDownload(message with { Row = AssetRow.KeyOf(i) }, default));
        }

        using (Occupy(message))
        {
            await _bench.DeliverAsync(message);
        }

        var row = await _bench.RowAsync();
        Assert.Equal(AssetState.Pending, row.State);
        Assert.InRange(_bench.Queue.Sent.Single().ScheduledEnqueueTime - row.NextAttemptAt!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.StartsWith("Waits for one of the download slots, in all or of its host. It has waited since ", row.LastError, StringComparison.Ordinal);
        await _bench.DeliverAsync(_bench.Next());
        Assert.Equal((AssetState.Stored, null), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).LastError));
    }

    [Fact]
    public async Task The_scheduled_message_of_a_failed_asset_is_dead_lettered()
    {
        var scheduled = await WaitAsync(_source.Url("/refused"));

        await TakeOverAsync();

        Assert.Equal(AssetState.Failed, (await _bench.RowAsync()).State);
        var letter = Assert.IsType<Settlement.DeadLetter>(await _bench.DeliverAsync(scheduled));
        Assert.Equal((await _bench.RowAsync()).ErrorCode, letter.Reason);
        Assert.Single(_source.Requests);
        Assert.Equal(1, (await _bench.EventAsync()).AssetsFailed);
    }

    [Fact]
    public async Task After_a_failed_attempt_the_retry_follows_and_the_scheduled_message_has_no_effect()
    {
        var scheduled = await WaitAsync(_source.On("/v.mp4", exchange => exchange.AnswerAsync("503 Service Unavailable")));

        await TakeOverAsync();
        var retry = _bench.Next();
        _source.Serve("/v.mp4", Content);

        Assert.Equal((1, 0, (DateTimeOffset?)null), (retry.Attempt, retry.Continuation, retry.WaitingSince));
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(scheduled));
        Assert.Single(_source.Requests);
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(retry));
        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
    }

    [Fact]
    public async Task A_download_that_storage_aborts_is_left_to_its_scheduled_message_and_the_line_stays()
    {
        var first = await WaitAsync(_source.Serve("/v.mp4", Content));
        var firstKey = _bench.Key;
        _bench.NewEvent();
        await WaitAsync(_source.Url("/v.mp4"));
        var sent = _bench.Queue.Sent.Count;
        _faults.When = _ => true;

        await TakeOverAsync();

        Assert.True(_faults.IsDead);
        _faults.Restart();
        Assert.Equal(sent, _bench.Queue.Sent.Count);
        await TakeOverAsync();
        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
        Assert.Equal(AssetState.Pending, (await _bench.Events.FindAssetAsync(firstKey.PartitionKey, first.Row, Cancel))!.State);
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(first));
        Assert.Equal(AssetState.Stored, (await _bench.Events.FindAssetAsync(firstKey.PartitionKey, first.Row, Cancel))!.State);
    }

    [Fact]
    public async Task When_the_host_stops_a_taken_over_download_continues_in_another_message_and_no_further_one_is_taken_over()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await WaitAsync(_source.On("/v.mp4", async exchange =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.Infinite, exchange.Stopping);
        }));
        var interrupted = _bench.Key;
        _bench.NewEvent();
        await WaitAsync(_source.Serve("/second.mp4", Content));
        using var stopping = new CancellationTokenSource();
        var takingOver = _bench.Processor.TakeOverAsync(Stopwatch.GetTimestamp(), _bench.NewDelivery(), stopping.Token);
        await begun.Task.WaitAsync(Cancel);

        await stopping.CancelAsync();

        // The message of the invocation must be redelivered, so that another process restores the line.
        Assert.False(await takingOver);
        Assert.Equal((AssetState.Pending, 3), ((await _bench.RowAsync()).State, _bench.Queue.Sent.Count));
        var row = await _bench.Events.FindAssetAsync(interrupted.PartitionKey, AssetRow.KeyOf(0), Cancel);
        Assert.Equal((AssetState.Downloading, null, 0), (row!.State, row.LeaseOwner, row.Starts));
        _source.Serve("/v.mp4", Content);
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(_bench.Next()));
        row = await _bench.Events.FindAssetAsync(interrupted.PartitionKey, AssetRow.KeyOf(0), Cancel);
        Assert.Equal(AssetState.Stored, row!.State);
    }

    [Fact]
    public async Task A_suspect_out_of_turn_is_left_to_its_scheduled_message_and_no_start_is_counted()
    {
        var scheduled = await WaitAsync(_source.Serve("/v.mp4", Content));
        await SetAsync(row => row.Starts = WorkStarts.Ordinary);
        using (_bench.Get<SuspectGate>().TryEnter())
        {
            await TakeOverAsync();
        }

        Assert.Empty(_source.Requests);
        Assert.Single(_bench.Queue.Sent);
        Assert.Equal(WorkStarts.Ordinary, (await _bench.RowAsync()).Starts);
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(scheduled));
        Assert.Equal((AssetState.Stored, 0), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).Starts));
    }

    [Fact]
    public async Task A_start_that_ends_with_the_process_counts_for_the_scheduled_message_too()
    {
        var scheduled = await WaitAsync(_source.Serve("/v.mp4", Content));
        _faults.When = message => message.Request.Uri.Path.Contains("/assets/", StringComparison.Ordinal);

        // Every request fails from here, including the release of the lease, so that the state is the same as after a crash.
        await TakeOverAsync();
        _faults.Restart();
        Assert.Equal(1, (await _bench.RowAsync()).Starts);
        await SetAsync(row => (row.Starts, row.LeaseExpiresAt) = (WorkStarts.Ordinary + WorkStarts.AsSuspect, TimeProvider.System.GetUtcNow()));

        var letter = Assert.IsType<Settlement.DeadLetter>(await _bench.DeliverAsync(scheduled));

        Assert.Equal(nameof(DeadLetterReason.CrashesWorker), letter.Reason);
    }

    [Fact]
    public async Task An_asset_in_the_line_whose_lease_another_worker_holds_keeps_one_scheduled_message()
    {
        var scheduled = await WaitAsync(_source.Serve("/v.mp4", Content));
        await SetAsync(row => (row.State, row.LeaseOwner, row.LeaseExpiresAt) = (
            AssetState.Downloading, _bench.NewDelivery().LeaseOwner, TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1)));
        for (var round = 1; round <= 3; round++)
        {
            await TakeOverAsync();
            Assert.Equal(round, _bench.Queue.Sent.Count);
            using (Occupy(scheduled))
            {
                Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(_bench.Next()));
            }
        }

        Assert.Empty(_source.Requests);
    }

    [Fact]
    public async Task A_scheduled_message_of_an_erased_job_ends_without_a_slot()
    {
        var scheduled = await WaitAsync(_source.Serve("/v.mp4", Content));
        await _bench.Get<JobTombstones>().AddAsync(TestProvider.ProviderName, _bench.JobId, Cancel);
        await _bench.Storage.Events.DeleteEntityAsync(scheduled.Event.PartitionKey, scheduled.Row, cancellationToken: Cancel);
        using (Occupy(scheduled))
        {
            Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(scheduled));
        }

        await TakeOverAsync();
        Assert.Empty(_source.Requests);
        Assert.Single(_bench.Queue.Sent);
    }

    [Fact]
    public async Task A_scheduled_message_from_before_a_refetch_has_no_effect()
    {
        var scheduled = await WaitAsync(_source.Serve("/v.mp4", Content));
        await TakeOverAsync();
        await SetAsync(row => row.Reopen(TimeProvider.System.GetUtcNow()));

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(scheduled));

        Assert.Equal((AssetState.Pending, 1), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).Reopenings));
        Assert.Single(_source.Requests);
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(scheduled with { Reopenings = 1 }));
        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
    }

    [Fact]
    public async Task The_expected_wait_follows_the_duration_of_the_hosts_attempts()
    {
        await using var bench = await AssetBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Assets:MaxDownloads"] = "4" });
        var message = await bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        using var beside = bench.Get<DownloadLimiter>().TryEnter(message);
        Assert.Equal(10, Estimate());

        await bench.DeliverAsync(message);

        Assert.NotEqual(10, Estimate());

        double Estimate() => bench.Get<DownloadLimiter>().Join(new WaitingDownload(message, default)).TotalSeconds;
    }

    /// <summary>Delivers an asset's message while no slot is free. Returns the message that is scheduled.</summary>
    private async Task<AssetMessage> WaitAsync(string url)
    {
        var message = await _bench.AnnounceAsync(url);
        using (Occupy(message))
        {
            Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
        }

        return _bench.Next();
    }

    private IDisposable Occupy(AssetMessage message)
    {
        var slot = _bench.Get<DownloadLimiter>().TryEnter(message with { Source = message.Source with { Url = "https://elsewhere.example/" } });
        Assert.NotNull(slot);
        return slot;
    }

    private Task<bool> TakeOverAsync() => _bench.Processor.TakeOverAsync(Stopwatch.GetTimestamp(), _bench.NewDelivery(), Cancel);

    private async Task SetAsync(Action<AssetRow> change)
    {
        var row = await _bench.RowAsync();
        change(row);
        Assert.Equal(WriteResult.Written, await _bench.Events.UpdateAsync(row, Cancel));
    }
}
