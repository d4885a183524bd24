using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of assets whose starts end with the process: how starts are counted, how suspects wait, and when an asset is parked.</summary>
public sealed class SuspectTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const int FirstSuspectStart = WorkStarts.Ordinary;
    private const int LastSuspectStart = WorkStarts.Ordinary + WorkStarts.AsSuspect;

    private static readonly byte[] Content = SampleMedia.Mp4(300_000);

    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly HostileServer _source = new();
    private AssetBench _bench = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _bench = await AssetBench.CreateAsync(azurite, replace: services => services.AddSingleton<TimeProvider>(_clock));

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Fact]
    public async Task A_start_is_counted_on_the_row_while_the_work_runs_and_removed_when_it_has_ended()
    {
        var starts = -1;
        var message = await _bench.AnnounceAsync(_source.On("/v.mp4", async exchange =>
        {
            starts = (await _bench.RowAsync()).Starts;
            await exchange.AnswerAsync("503 Service Unavailable");
        }));
        await SetAsync(row => row.Starts = 2);

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));

        Assert.Equal(3, starts);
        Assert.Equal((AssetState.Retrying, 0), await StateAsync());
    }

    [Fact]
    public async Task An_asset_that_has_become_a_suspect_since_its_message_was_sent_waits_too_although_the_message_implies_its_row()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        message = message with { RowETag = (await _bench.RowAsync()).ETag.ToString() };
        await SetAsync(row => row.Starts = FirstSuspectStart);
        using (_bench.Get<SuspectGate>().TryEnter())
        {
            Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
        }

        Assert.Empty(_source.Requests);
        Assert.Equal((AssetState.Pending, FirstSuspectStart), await StateAsync());
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(_bench.Next()));
        Assert.Equal((AssetState.Stored, 0), await StateAsync());
    }

    [Fact]
    public async Task A_suspect_waits_for_another_one_without_a_start_and_without_a_slot()
    {
        await using var bench = await AssetBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Assets:MaxDownloads"] = "1" });
        var message = await bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var row = await bench.RowAsync();
        row.Starts = FirstSuspectStart;
        await bench.Events.UpdateAsync(row, Cancel);
        using (bench.Get<SuspectGate>().TryEnter())
        {
            Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(message));
        }

        Assert.Empty(_source.Requests);
        Assert.Equal(FirstSuspectStart, (await bench.RowAsync()).Starts);
        using (var slot = bench.Get<DownloadLimiter>().TryEnter(message))
        {
            Assert.NotNull(slot);
            var next = bench.Next();
            Assert.Equal((0, 1, 0), (next.Attempt, next.Continuation, next.TransientFailures));
        }

        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(bench.Next()));
        Assert.Equal((AssetState.Stored, 0), ((await bench.RowAsync()).State, (await bench.RowAsync()).Starts));
    }

    [Fact]
    public async Task A_message_that_was_delivered_often_continues_in_a_new_one_long_before_the_maximum_delivery_count()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var delivery = _bench.NewDelivery() with { DeliveryCount = 100 };
        await SetAsync(row => (row.Starts, row.LeaseOwner, row.LeaseExpiresAt) = (
            FirstSuspectStart, (delivery with { LockToken = "earlier" }).LeaseOwner, _clock.GetUtcNow() + TimeSpan.FromMinutes(1)));

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message with { TransientFailures = 2 }, delivery));

        Assert.Empty(_source.Requests);
        Assert.Equal((AssetState.Pending, FirstSuspectStart), await StateAsync());
        Assert.Equal((0, 1, 0), (_bench.Next().Attempt, _bench.Next().Continuation, _bench.Next().TransientFailures));

        // The new message need not wait, because the earlier delivery's lease was released.
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(_bench.Next()));
        Assert.Equal((AssetState.Stored, 0), await StateAsync());
    }

    [Fact]
    public async Task Other_assets_run_concurrently_with_a_suspect_and_the_next_suspect_runs_after_it()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        using (_bench.Get<SuspectGate>().TryEnter())
        {
            Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
        }

        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
        var first = _bench.Get<SuspectGate>().TryEnter();
        Assert.NotNull(first);
        Assert.Null(_bench.Get<SuspectGate>().TryEnter());
        first.Dispose();
        first.Dispose();
        using var second = _bench.Get<SuspectGate>().TryEnter();
        Assert.NotNull(second);
        first.Dispose();
        Assert.Null(_bench.Get<SuspectGate>().TryEnter());
    }

    [Theory]
    [InlineData(Assurance.Signed, true)]
    [InlineData(Assurance.Unconfirmed, false)]
    public async Task After_ten_starts_as_the_running_suspect_an_asset_is_parked_and_a_proven_one_is_dead_lettered(Assurance assurance, bool isDeadLetter)
    {
        var message = await _bench.AnnounceAsync(new AssetSource { Name = "video", Url = _source.Serve("/v.mp4", Content) }, assurance);
        await SetAsync(row => row.Starts = LastSuspectStart);

        var settlement = await _bench.DeliverAsync(message);

        Assert.Equal(isDeadLetter ? nameof(DeadLetterReason.CrashesWorker) : null, (settlement as Settlement.DeadLetter)?.Reason);
        var row = await _bench.RowAsync();
        Assert.Equal((AssetState.Failed, nameof(DeadLetterReason.CrashesWorker)), (row.State, row.ErrorCode));
        Assert.Contains(LastSuspectStart.ToString(CultureInfo.InvariantCulture), row.LastError, StringComparison.Ordinal);
        Assert.Equal(1, (await _bench.EventAsync()).AssetsFailed);
        Assert.Empty(_source.Requests);
    }

    [Fact]
    public async Task A_parked_asset_that_is_reopened_begins_without_starts()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        await SetAsync(row => (row.Starts, row.StagedBytes) = (LastSuspectStart, 100));

        var row = await _bench.RowAsync();
        row.Reopen(_clock.GetUtcNow());

        Assert.Equal((0, 0), (row.Starts, row.StagedBytes));
        await _bench.Events.UpdateAsync(row, Cancel);
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message with { Reopenings = row.Reopenings }));
        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
    }

    [Fact]
    public async Task A_start_that_finds_more_bytes_staged_counts_as_progress_once()
    {
        var starts = new List<int>();
        async Task BreakAsync(Exchange exchange, int until)
        {
            starts.Add((await _bench.RowAsync()).Starts);
            var from = (int)(exchange.Request.RangeFrom ?? 0);
            await exchange.SendAsync(
                (from == 0 ? "HTTP/1.1 200 OK\r\n" : $"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{Content.Length - 1}/{Content.Length}\r\n")
                + $"Content-Type: video/mp4\r\nETag: \"v1\"\r\nContent-Length: {Content.Length - from}\r\n\r\n");
            await exchange.SendAsync(Content.AsMemory(from, until - from));
            exchange.Close();
        }

        var message = await _bench.AnnounceAsync(_source.On("/v.mp4", exchange => BreakAsync(exchange, 200_000)));
        await _bench.DeliverAsync(message);
        Assert.Equal(200_000, await _bench.StagedBytesAsync());

        // The state that a killed process leaves: one more start on the row, and staged bytes that the row does not show.
        await SetAsync(row => row.Starts = FirstSuspectStart);
        _source.On("/v.mp4", exchange => BreakAsync(exchange, 200_000));
        await _bench.DeliverAsync(_bench.Next());
        await SetAsync(row => row.Starts = FirstSuspectStart);
        await _bench.DeliverAsync(_bench.Next());

        Assert.Equal([1, 1, FirstSuspectStart + 1], starts);
        Assert.Equal(200_000, (await _bench.RowAsync()).StagedBytes);
    }

    [Fact]
    public async Task An_aborted_attempt_releases_its_lease_and_does_not_count_as_a_crash()
    {
        _bench.Provider.Manifest = _ => throw new InvalidOperationException("Simulated error of the app.");
        var manifest = new AssetSource { Name = "manifest", Url = _source.Serve("/manifest", "{}\n"u8.ToArray(), "application/jsonl"), Kind = AssetKind.Document, Expands = true };
        var message = await _bench.AnnounceAsync(manifest);
        for (var i = 0; i < 3; i++)
        {
            Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(i == 0 ? message : _bench.Next()));
            var row = await _bench.RowAsync();
            Assert.Equal((AssetState.Downloading, 0, (string?)null), (row.State, row.Starts, row.LeaseOwner));
        }
    }

    [Fact]
    public async Task Aborted_attempts_whose_lease_cannot_be_released_do_not_count_as_crashes()
    {
        var faults = new FaultPolicy();
        var clients = await azurite.ClientsAsync(faults);
        await using var bench = await AssetBench.CreateAsync(azurite, replace: services => clients(services.AddSingleton<TimeProvider>(_clock)));
        var message = await bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        for (var i = 0; i <= LastSuspectStart; i++)
        {
            faults.When = request => request.Request.Uri.Path.Contains("/assets/", StringComparison.Ordinal);
            Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(message));
            Assert.True(faults.IsDead);
            faults.Restart();
            Assert.Equal(1, (await bench.RowAsync()).Starts);
            message = bench.Next();
            _clock.SetUtcNow(bench.Queue.Sent[^1].ScheduledEnqueueTime + TimeSpan.FromMinutes(2));
        }

        Assert.IsType<Settlement.Complete>(await bench.DeliverAsync(message));
        Assert.Equal(AssetState.Stored, (await bench.RowAsync()).State);
    }

    [Fact]
    public async Task The_first_delivery_after_an_aborted_attempt_proves_that_its_process_survived()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        await SetAsync(row => row.Starts = LastSuspectStart);

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message with { TransientFailures = 1 }));

        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
    }

    [Fact]
    public async Task A_waiting_asset_is_delivered_less_and_less_often_shows_its_wait_on_its_row_and_does_not_fail()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var (startedAt, recordedAt, writes) = (_clock.GetUtcNow(), (DateTimeOffset?)null, 0);
        await SetAsync(row => row.Starts = FirstSuspectStart);
        var etag = (await _bench.RowAsync()).ETag;
        using (_bench.Get<SuspectGate>().TryEnter())
        {
            while (_clock.GetUtcNow() < startedAt + TimeSpan.FromHours(1))
            {
                Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
                message = _bench.Next();
                var (row, next) = (await _bench.RowAsync(), _bench.Queue.Sent[^1].ScheduledEnqueueTime);
                Assert.InRange(next - _clock.GetUtcNow(), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1));
                if (row.ETag != etag)
                {
                    (etag, recordedAt) = (row.ETag, _clock.GetUtcNow());
                    writes++;
                    Assert.Equal(next, row.NextAttemptAt);
                    Assert.Contains("one at a time", row.LastError, StringComparison.Ordinal);
                }

                Assert.True(_clock.GetUtcNow() - (recordedAt ?? startedAt) < TimeSpan.FromMinutes(7));
                _clock.SetUtcNow(next);
            }
        }

        Assert.InRange(writes, 8, 15);
        Assert.InRange(_bench.Queue.Sent.Count, 60, 150);
        Assert.Equal((AssetState.Pending, FirstSuspectStart), await StateAsync());
        Assert.InRange(message.QueuedAt - startedAt, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(62));
        Assert.Equal(_bench.Queue.Sent.Count, _bench.Queue.Sent.Select(sent => sent.MessageId).Distinct().Count());

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
        var stored = await _bench.RowAsync();
        Assert.Equal((AssetState.Stored, (DateTimeOffset?)null, (string?)null), (stored.State, stored.NextAttemptAt, stored.LastError));
    }

    private async Task SetAsync(Action<AssetRow> change)
    {
        var row = await _bench.RowAsync();
        change(row);
        Assert.Equal(WriteResult.Written, await _bench.Events.UpdateAsync(row, Cancel));
    }

    private async Task<(AssetState State, int Starts)> StateAsync()
    {
        var row = await _bench.RowAsync();
        return (row.State, row.Starts);
    }
}
