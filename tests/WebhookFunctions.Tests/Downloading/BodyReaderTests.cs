using WebhookFunctions.Downloading;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Sources;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests that a slow source is disconnected, and that a slow machine does not count against the source.</summary>
public sealed class BodyReaderTests(AzuriteFixture azurite)
{
    private static readonly AssetOptions Options = new()
    {
        IdleTimeout = TimeSpan.FromSeconds(60),
        RateWindow = TimeSpan.FromSeconds(30),
        MinBytesPerSecond = 1000,
    };

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task A_source_that_stays_silent_until_the_timeout_is_disconnected()
    {
        var (clock, body) = (new LateClock(), new HandFedStream());
        using var reader = new BodyReader(body, Options, clock, CancellationToken.None);
        var read = reader.ReadAsync(new byte[100]).AsTask();

        for (var tick = 0; tick < 19; tick++)
        {
            clock.AdvanceAndTick(Tick);
        }

        Assert.False(read.IsCompleted);
        clock.AdvanceAndTick(Tick);
        Assert.Equal(FailureReason.TimedOut, (await read).Failure?.Reason);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1_000_000)]
    public async Task A_timer_that_runs_late_while_data_is_waiting_does_not_count_against_the_source(int seconds)
    {
        var (clock, body) = (new LateClock(), new HandFedStream());
        using var reader = new BodyReader(body, Options, clock, CancellationToken.None);

        // Simulates a busy machine: no thread was free for the timer or for the code that reads the bytes, and the timer runs first.
        for (var i = 0; i < 50; i++)
        {
            var read = reader.ReadAsync(new byte[30_000]).AsTask();
            clock.AdvanceAndTick(TimeSpan.FromSeconds(seconds));
            body.Feed(30_000);
            var outcome = await read;
            Assert.Equal((30_000, null), (outcome.Count, outcome.Failure));
        }
    }

    [Fact]
    public async Task Time_without_a_pending_read_is_not_counted()
    {
        var (clock, body) = (new LateClock(), new HandFedStream());
        using var reader = new BodyReader(body, Options, clock, CancellationToken.None);
        for (var i = 0; i < 10; i++)
        {
            // No read is pending, as while blocks are uploaded.
            for (var tick = 0; tick < 100; tick++)
            {
                clock.AdvanceAndTick(Tick);
            }

            var read = reader.ReadAsync(new byte[10]).AsTask();
            body.Feed(10);
            Assert.Null((await read).Failure);
        }
    }

    [Theory]
    [InlineData(2900, true)]
    [InlineData(3100, false)]
    public async Task The_minimum_rate_is_measured_over_the_time_spent_waiting(int bytesPerTick, bool isTooSlow)
    {
        var (clock, body) = (new LateClock(), new HandFedStream());
        using var reader = new BodyReader(body, Options, clock, CancellationToken.None);
        var failures = new List<FailureReason?>();
        for (var i = 0; i < 25; i++)
        {
            var read = reader.ReadAsync(new byte[10_000]).AsTask();
            clock.AdvanceAndTick(Tick);
            body.Feed(bytesPerTick);
            failures.Add((await read).Failure?.Reason);
        }

        Assert.Equal(isTooSlow ? FailureReason.TooSlow : null, failures.FirstOrDefault(failure => failure is not null));
    }

    [Fact]
    public async Task Waiting_uses_no_buffer_and_is_bounded_like_reading()
    {
        var (clock, body) = (new LateClock(), new HandFedStream());
        using var reader = new BodyReader(body, Options, clock, CancellationToken.None);
        var wait = reader.WaitAsync().AsTask();
        body.Feed(0);
        Assert.Null(await wait);
        Assert.Equal([0], body.BufferSizes);

        wait = reader.WaitAsync().AsTask();
        for (var tick = 0; tick < 20; tick++)
        {
            clock.AdvanceAndTick(Tick);
        }

        Assert.Equal(FailureReason.TimedOut, (await wait)?.Reason);
    }

    [Fact]
    public async Task Fifty_silent_sources_use_no_buffer()
    {
        await using var source = new HostileServer();
        await using var bench = await AssetBench.CreateAsync(
            azurite, new Dictionary<string, string?> { ["Assets:MaxDownloads"] = "64", ["Assets:MaxDownloadsPerHost"] = "64" });
        var buffers = bench.Get<BlockBuffers>();
        using var started = new CountdownEvent(50);
        var release = new TaskCompletionSource();
        var content = SampleMedia.Mp4(1000);
        var url = source.On("/silent", async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {content.Length}\r\n\r\n");
            started.Signal();
            await release.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync(content);
        });
        var downloads = new List<Task<Settlement>>();
        for (var i = 0; i < 50; i++)
        {
            bench.NewEvent();
            downloads.Add(bench.DeliverAsync(await bench.AnnounceAsync(new AssetSource { Name = $"video-{i}", Url = url })));
        }

        await Task.Run(() => Assert.True(started.Wait(Eventually.MaxWait)), TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(
            () => Task.FromResult(bench.Get<RunningDownloads>().Now.Count(download => download.TotalBytes is not null) == 50), "50 answers");
        Assert.Equal(0, buffers.Rented);

        release.SetResult();
        Assert.All(await Task.WhenAll(downloads), settlement => Assert.IsType<Settlement.Complete>(settlement));
        Assert.Equal(0, buffers.Rented);
    }

    /// <summary>Clock whose time advances and whose timers run only when a test says so.</summary>
    private sealed class LateClock : TimeProvider
    {
        private long _timestamp;
        private Action? _tick;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _timestamp;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal((Tick, Tick), (dueTime, period));
            _tick = () => callback(state);
            return new NoTimer();
        }

        public void AdvanceAndTick(TimeSpan time)
        {
            _timestamp += time.Ticks;
            _tick?.Invoke();
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }

    /// <summary>Body in which every read completes when a test provides bytes.</summary>
    private sealed class HandFedStream : Stream
    {
        private TaskCompletionSource<int> _next = new();

        /// <summary>Gets the buffer sizes of all reads.</summary>
        public List<int> BufferSizes { get; } = [];

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Feed(int bytes) => _next.SetResult(bytes);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            BufferSizes.Add(buffer.Length);
            _next = new TaskCompletionSource<int>();
            return await _next.Task.WaitAsync(cancellationToken);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
