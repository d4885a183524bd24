using System.Text.Json;
using Benchmarks.Processes;

namespace Benchmarks.Load;

/// <summary>Load generator in a child process on its own core. One process serves the whole suite, so that it is warm after its first run.</summary>
public sealed class LoadProcess : IAsyncDisposable
{
    private readonly ChildProcess _process = ChildProcess.StartSelf(Core.Load, ["load"], new Dictionary<string, string>
    {
        // The thread that polls the sockets also runs their continuations: another thread would compete for the same core.
        ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1",
    });

    /// <summary>Carries out <paramref name="order"/>.</summary>
    /// <exception cref="InvalidOperationException">A webhook was answered something other than 200, so the figures would be meaningless.</exception>
    public async Task<LoadResult> RunAsync(LoadOrder order, CancellationToken cancellationToken)
    {
        var result = await _process.AskAsync<LoadResult>(order, cancellationToken);
        return result.Failed == 0
            ? result
            : throw new InvalidOperationException($"{result.Failed} of {result.Sent} webhooks were not accepted.");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>Runs in the child process: reads orders from standard input and answers each, until the input ends.</summary>
    public static async Task<int> ServeAsync(CancellationToken cancellationToken)
    {
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            var order = JsonSerializer.Deserialize<LoadOrder>(line, JsonSerializerOptions.Web)!;
            var result = await LoadRun.RunAsync(order, TimeProvider.System, cancellationToken);
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result, JsonSerializerOptions.Web));
        }

        return 0;
    }
}
