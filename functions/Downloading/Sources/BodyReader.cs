namespace WebhookFunctions.Downloading.Sources;

/// <summary>Reads a source's body within its time limits.</summary>
internal sealed class BodyReader : IDisposable
{
    private readonly Stream _body;
    private readonly AssetOptions _options;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _idle;
    private readonly CancellationToken _stop;
    private readonly CancellationTokenRegistration _stopping;
    private TimeSpan _waited;
    private long _bytesInWindow;

    /// <param name="body">The body.</param>
    /// <param name="options">The limits.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="stop">Ends every read.</param>
    public BodyReader(Stream body, AssetOptions options, TimeProvider clock, CancellationToken stop)
    {
        (_body, _options, _clock, _stop) = (body, options, clock, stop);
        _idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _stopping = stop.Register(static idle => ((CancellationTokenSource)idle!).Cancel(), _idle);
    }

    /// <summary>Reads some bytes.</summary>
    /// <exception cref="OperationCanceledException">The reader was stopped.</exception>
    public async ValueTask<BodyRead> ReadAsync(Memory<byte> buffer)
    {
        var started = _clock.GetTimestamp();
        _idle.CancelAfter(_options.IdleTimeout);
        int count;
        try
        {
            count = await _body.ReadAsync(buffer, _idle.Token);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return BodyRead.Failed(FailureReason.TimedOut, $"The source sent nothing for {_options.IdleTimeout.TotalSeconds:0.#} s.");
        }
        catch (HttpIOException ended) when (ended.HttpRequestError == HttpRequestError.ResponseEnded)
        {
            return BodyRead.Failed(FailureReason.Truncated, "The body ended before its declared end.");
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return BodyRead.Failed(FailureReason.Broken, "The connection broke while the body came.");
        }

        return TooSlow(count, _clock.GetElapsedTime(started)) ?? BodyRead.Bytes(count);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _idle.Dispose();
    }

    // Counts only time spent reading; time spent uploading blocks is excluded.
    private BodyRead? TooSlow(int count, TimeSpan waited)
    {
        _waited += waited;
        _bytesInWindow += count;
        if (_waited < _options.RateWindow)
        {
            return null;
        }

        var rate = _bytesInWindow / _waited.TotalSeconds;
        (_waited, _bytesInWindow) = (TimeSpan.Zero, 0);
        return count > 0 && rate < _options.MinBytesPerSecond
            ? BodyRead.Failed(FailureReason.TooSlow, $"The source sent {rate:0} bytes a second, less than {_options.MinBytesPerSecond}.")
            : null;
    }
}
