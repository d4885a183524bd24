namespace Benchmarks.Processes;

/// <summary>A server in a process of its own, on 127.0.0.1.</summary>
public sealed class ChildServer : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private ChildServer(ChildProcess process, int port) => (_process, Port) = (process, port);

    public int ProcessId => _process.Id;

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>Waits until <paramref name="process"/> says that it listens: <c>{"port":…}</c>.</summary>
    /// <exception cref="IOException">It ended instead.</exception>
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

    /// <summary>What the server counted; only one of this program's own can be asked.</summary>
    public Task<ServerCounters> CountersAsync(CancellationToken cancellationToken) =>
        _process.AskAsync<ServerCounters>(new { }, cancellationToken);

    /// <summary>Reads and forgets the server's log.</summary>
    public Task DrainLogAsync() => _process.DrainAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

/// <summary>What a server says when it listens.</summary>
public sealed record Listening(int Port);

/// <summary>What one of this program's servers counted since it started.</summary>
/// <param name="AllocatedBytes">Bytes that were allocated on the managed heap.</param>
/// <param name="AllocatedByCounting">What counting itself allocates after that: the durable queue is emptied for it.</param>
/// <param name="Kept">Messages that its queue took.</param>
public sealed record ServerCounters(long AllocatedBytes, long AllocatedByCounting, long Kept);
