using Benchmarks.Load;
using Benchmarks.Processes;

namespace Benchmarks.Suites.Receive;

/// <summary>One of the receivers, waiting for its turn.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Server">Its process.</param>
/// <param name="Counts">Whether the server can be asked what it counted.</param>
internal sealed record Contender(string Name, ChildServer Server, bool Counts)
{
    // More than any receiver takes in: the machine's memory moves about 1.5 GB a second through a socket, and Kestrel answers some 60,000 times.
    private const double MostPerSecond = 60_000;
    private const double MostBytesPerSecond = 1.5e9;

    private readonly Dictionary<Shape, double> _fastest = [];

    /// <summary>Measures one turn.</summary>
    /// <param name="load">Who sends.</param>
    /// <param name="secret">With what it signs.</param>
    /// <param name="shape">What is sent.</param>
    /// <param name="seconds">How long is measured.</param>
    /// <param name="leadSeconds">How long it runs before that.</param>
    /// <param name="rate">How many a second; null for as many as are answered.</param>
    /// <param name="cancellationToken">Ends it.</param>
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
        return new Turn(result, allocated / (double)result.Sent, after?.Kept - before?.Kept);
    }

    private double Expected(Shape shape) => _fastest.TryGetValue(shape, out var fastest)
        ? Math.Max(fastest * 2, 2_000)
        : Math.Min(MostPerSecond, MostBytesPerSecond / shape.BodyBytes);

    private async Task<ServerCounters?> CountersAsync(CancellationToken cancellationToken) =>
        Counts ? await Server.CountersAsync(cancellationToken) : null;
}

/// <summary>What one turn gave.</summary>
/// <param name="Load">What the load saw.</param>
/// <param name="AllocatedBytes">Bytes that the server allocated for a request; null where it cannot be asked.</param>
/// <param name="Kept">Messages that the server's queue took meanwhile; null where it cannot be asked.</param>
internal sealed record Turn(LoadResult Load, double? AllocatedBytes, long? Kept);
