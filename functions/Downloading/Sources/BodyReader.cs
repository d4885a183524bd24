namespace WebhookFunctions.Downloading.Sources;

/// <summary>Reader of a source's body that enforces the time limits.</summary>
/// <remarks>
/// Only time with a pending read counts, and at most one tick for each tick that has run. On a machine short of threads the ticks run as late as the
/// code that takes the bytes, so the source is not blamed for the delay.
/// </remarks>
internal sealed class BodyReader : IDisposable
{
    // The number of ticks in the shorter of the two limits. A limit is thus exceeded by at most a tenth before it is noticed.
    private const int Ticks = 10;

    private readonly Stream _body;
    private readonly AssetOptions _options;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _idle = new();
    private readonly CancellationToken _stop;
    private readonly CancellationTokenRegistration _stopping;
    private readonly TimeSpan _tick;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private bool _isPending;
    private long _countedUntil;
    private TimeSpan _silent;
    private TimeSpan _waited;
    private long _bytesInWindow;

    /// <param name="body">The body.</param>
    /// <param name="options">The limits.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="stop">Cancels every read.</param>
    public BodyReader(Stream body, AssetOptions options, TimeProvider clock, CancellationToken stop)
    {
        (_body, _options, _clock, _stop) = (body, options, clock, stop);
        _tick = (options.IdleTimeout < options.RateWindow ? options.IdleTimeout : options.RateWindow) / Ticks;
        _stopping = stop.Register(static idle => ((CancellationTokenSource)idle!).Cancel(), _idle);
        _timer = clock.CreateTimer(static reader => ((BodyReader)reader!).Tick(), this, _tick, _tick);
    }

    /// <summary>Waits, without a buffer, until there is something to read or the body ends. Returns the failure; null if the body may be
    /// read.</summary>
    /// <exception cref="OperationCanceledException">The reader was stopped.</exception>
    public async ValueTask<DownloadFailure?> WaitAsync() => (await ReadAsync(Memory<byte>.Empty)).Failure;

    /// <summary>Reads some bytes.</summary>
    /// <exception cref="OperationCanceledException">The reader was stopped.</exception>
    public async ValueTask<BodyRead> ReadAsync(Memory<byte> buffer)
    {
        Begin();
        int count;
        try
        {
            count = await _body.ReadAsync(buffer, _idle.Token);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return BodyRead.Failed(FailureReason.TimedOut, $"The source sent nothing for {_options.IdleTimeout.TotalSeconds:0.#} s.");
        }
        catch (HttpIOException exception) when (exception.HttpRequestError == HttpRequestError.ResponseEnded)
        {
            return BodyRead.Failed(FailureReason.Truncated, "The body ended before its declared end.");
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return BodyRead.Failed(FailureReason.ConnectionLost, "The connection was lost while the body was read.");
        }

        return End(count) ?? BodyRead.Bytes(count);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _stopping.Dispose();
        _idle.Dispose();
    }

    private void Begin()
    {
        lock (_lock)
        {
            _isPending = true;
            _silent = TimeSpan.Zero;
            _countedUntil = _clock.GetTimestamp();
        }
    }

    private void Tick()
    {
        lock (_lock)
        {
            if (!_isPending)
            {
                return;
            }

            Count();
            if (_silent < _options.IdleTimeout)
            {
                return;
            }

            _isPending = false;
        }

        try
        {
            _idle.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The read completed before the limit took effect.
        }
    }

    private BodyRead? End(int count)
    {
        lock (_lock)
        {
            Count();
            _isPending = false;
            _bytesInWindow += count;
            if (_waited < _options.RateWindow || count == 0)
            {
                return null;
            }

            var rate = _bytesInWindow / _waited.TotalSeconds;
            (_waited, _bytesInWindow) = (TimeSpan.Zero, 0);
            return rate < _options.MinBytesPerSecond
                ? BodyRead.Failed(FailureReason.TooSlow, $"The source sent {rate:0} bytes a second, less than {_options.MinBytesPerSecond}.")
                : null;
        }
    }

    // Counts only time spent reading; time spent uploading blocks is excluded.
    private void Count()
    {
        var now = _clock.GetTimestamp();
        var passed = _clock.GetElapsedTime(_countedUntil, now);
        var counted = passed < _tick ? passed : _tick;
        _countedUntil = now;
        _silent += counted;
        _waited += counted;
    }
}
