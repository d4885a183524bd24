namespace Benchmarks.Processes;

/// <summary>Server in a child process, on 127.0.0.1.</summary>
public sealed class ChildServer : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private ChildServer(ChildProcess process, int port) => (_process, Port) = (process, port);

    public int ProcessId => _process.Id;

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>Waits until <paramref name="process"/> reports that it listens, with a line <c>{"port":…}</c>.</summary>
    /// <exception cref="IOException">The process ended before it listened.</exception>
    public static async Task<ChildServer> ListeningAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        try
        {
            return new(process, (await process.ReadAsync<Listening>(cancellationToken)).Port);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one of this program's own servers.</summary>
    public static Task<ChildServer> StartSelfAsync(
        Core core, string server, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        ListeningAsync(ChildProcess.StartSelf(core, ["serve", server], environment), cancellationToken);

    /// <summary>Reads the server's counters. Only this program's own servers have them.</summary>
    public Task<ServerCounters> CountersAsync(CancellationToken cancellationToken) =>
        _process.AskAsync<ServerCounters>(new { }, cancellationToken);

    /// <summary>Discards the server's log, so that the server never blocks on a full pipe.</summary>
    public Task DrainLogAsync() => _process.DrainAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

/// <summary>Line that a server writes when it listens.</summary>
public sealed record Listening(int Port);

/// <summary>Counters of one of this program's servers since it started.</summary>
/// <param name="AllocatedBytes">Bytes that were allocated on the managed heap.</param>
/// <param name="AllocatedByCounting">Bytes that reading the counters allocated after that, because it empties the durable queue.</param>
/// <param name="Enqueued">Messages that its queue accepted.</param>
public sealed record ServerCounters(long AllocatedBytes, long AllocatedByCounting, long Enqueued);
