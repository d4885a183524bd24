using Benchmarks.Load;
using Benchmarks.Processes;

namespace Benchmarks.Suites.Receive;

/// <summary>Receiver that takes part in the comparison.</summary>
/// <param name="Name">The receiver's name in the table.</param>
/// <param name="Server">The receiver's process.</param>
/// <param name="Counts">Whether the server has counters.</param>
internal sealed record Contender(string Name, ChildServer Server, bool Counts)
{
    // Upper bounds for the ids of a first turn: a socket transfers at most 1.5 GB a second here, and Kestrel answers at most 60,000 requests.
    private const double MaxPerSecond = 60_000;
    private const double MaxBytesPerSecond = 1.5e9;

    private readonly Dictionary<Shape, double> _fastest = [];

    /// <summary>Runs and measures one turn.</summary>
    /// <param name="load">The load generator.</param>
    /// <param name="secret">The secret that signs the webhooks.</param>
    /// <param name="shape">The size of a body and the number of connections.</param>
    /// <param name="seconds">The duration of the measurement.</param>
    /// <param name="leadSeconds">The duration of the load before the measurement starts.</param>
    /// <param name="rate">The webhooks a second; null to send the next when the previous one is answered.</param>
    /// <param name="cancellationToken">Cancels the turn.</param>
    public async Task<Turn> RunAsync(
        LoadProcess load, string secret, Shape shape, double seconds, double leadSeconds, int? rate, CancellationToken cancellationToken)
    {
        var before = await CountersAsync(cancellationToken);
        var result = await load.RunAsync(
            new LoadOrder(
                Server.Port,
                Server.ProcessId,
                secret,
                shape.Connections,
                shape.BodyBytes,
                seconds,
                leadSeconds,
                (int)((rate ?? Expected(shape)) * (seconds + leadSeconds)) + shape.Connections,
                rate),
            cancellationToken);
        var after = await CountersAsync(cancellationToken);
        _fastest[shape] = Math.Max(result.PerSecond, _fastest.GetValueOrDefault(shape));
        var allocated = after?.AllocatedBytes - before?.AllocatedBytes - before?.AllocatedByCounting;
        return new Turn(result, allocated / (double)result.Sent, after?.Enqueued - before?.Enqueued);
    }

    private double Expected(Shape shape) => _fastest.TryGetValue(shape, out var fastest)
        ? Math.Max(fastest * 2, 2_000)
        : Math.Min(MaxPerSecond, MaxBytesPerSecond / shape.BodyBytes);

    private async Task<ServerCounters?> CountersAsync(CancellationToken cancellationToken) =>
        Counts ? await Server.CountersAsync(cancellationToken) : null;
}

/// <summary>Measurements of one turn.</summary>
/// <param name="Load">The load generator's measurements.</param>
/// <param name="AllocatedBytes">Bytes that the server allocated for each request; null where it has no counters.</param>
/// <param name="Enqueued">Messages that the server's queue accepted; null where it has no counters.</param>
internal sealed record Turn(LoadResult Load, double? AllocatedBytes, long? Enqueued);
