using System.Diagnostics;
using Benchmarks.Processes;
using HdrHistogram;

namespace Benchmarks.Load;

/// <summary>Run that carries out one <see cref="LoadOrder"/>.</summary>
public sealed class LoadRun : IDisposable
{
    private const double MicrosecondsPerMillisecond = 1000;
    private static readonly long MaxMicroseconds = (long)TimeSpan.FromMinutes(1).TotalMicroseconds;

    private readonly LoadOrder _order;
    private readonly TimeProvider _clock;
    private readonly WebhookConnection[] _connections;
    private readonly LongConcurrentHistogram _latencies = new(1, MaxMicroseconds, 3);
    private volatile bool _measuring;
    private volatile bool _ending;
    private long _completed;
    private long _sent;
    private long _failed;

    private LoadRun(LoadOrder order, TimeProvider clock)
    {
        (_order, _clock) = (order, clock);
        var body = WebhookBody.OfSize(order.BodyBytes);
        var ids = new SignedIds(order.Secret, clock.GetUtcNow().ToUnixTimeSeconds(), body, order.Ids);
        _connections = [.. Enumerable.Range(0, order.Connections).Select(_ => new WebhookConnection(ids, body))];
    }

    /// <summary>Signs the webhooks, connects, sends them and returns the measurements.</summary>
    public static async Task<LoadResult> RunAsync(LoadOrder order, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var run = new LoadRun(order, clock);
        await Task.WhenAll(run._connections.Select(connection => connection.ConnectAsync(order.Port, cancellationToken)));
        return await run.RunAsync(cancellationToken);
    }

    public void Dispose() => Array.ForEach(_connections, connection => connection.Dispose());

    private async Task<LoadResult> RunAsync(CancellationToken cancellationToken)
    {
        var senders = _order.Rate is { } rate
            ? OpenLoop.Start(_connections, rate, (connection, due) => SendAsync(connection, due, cancellationToken), () => _ending)
            : Task.WhenAll(_connections.Select(connection => Task.Run(() => ClosedLoopAsync(connection, cancellationToken), cancellationToken)));
        await DelayAsync(_order.LeadSeconds, senders, cancellationToken);

        var (server, load) = (Usage.Read(_order.ServerProcessId), Usage.Read(Environment.ProcessId));
        var started = Stopwatch.GetTimestamp();
        _measuring = true;
        do
        {
            await DelayAsync(_order.Seconds, senders, cancellationToken);
        }
        // Without a completed request there is no median. A cold server on a busy machine gets the same time again.
        while (Interlocked.Read(ref _completed) == 0 && !senders.IsCompleted);
        _measuring = false;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var (serverAfter, loadAfter) = (Usage.Read(_order.ServerProcessId), Usage.Read(Environment.ProcessId));
        _ending = true;
        await senders;

        return new LoadResult(
            _completed,
            _sent,
            _failed,
            seconds,
            Percentile(50),
            Percentile(99),
            Percentile(100),
            (serverAfter.Cpu - server.Cpu).TotalSeconds,
            serverAfter.WorkingSetBytes / (1024.0 * 1024),
            (loadAfter.Cpu - load.Cpu).TotalSeconds);
    }

    private async Task ClosedLoopAsync(WebhookConnection connection, CancellationToken cancellationToken)
    {
        while (!_ending && await SendAsync(connection, Stopwatch.GetTimestamp(), cancellationToken))
        {
        }
    }

    /// <summary>Sends one webhook and measures its latency from <paramref name="due"/>.</summary>
    /// <returns>False when the ids are used up.</returns>
    private async Task<bool> SendAsync(WebhookConnection connection, long due, CancellationToken cancellationToken)
    {
        if (await connection.SendAsync(cancellationToken) is not { } status)
        {
            return false;
        }

        Interlocked.Increment(ref _sent);
        if (status != 200)
        {
            Interlocked.Increment(ref _failed);
        }
        else if (_measuring)
        {
            Interlocked.Increment(ref _completed);
            _latencies.RecordValue(Math.Clamp((long)Stopwatch.GetElapsedTime(due).TotalMicroseconds, 1, MaxMicroseconds));
        }

        return true;
    }

    private async Task DelayAsync(double seconds, Task senders, CancellationToken cancellationToken) =>
        await Task.WhenAny(senders, Task.Delay(TimeSpan.FromSeconds(seconds), _clock, cancellationToken));

    private double Percentile(double percentile) => _latencies.GetValueAtPercentile(percentile) / MicrosecondsPerMillisecond;
}
