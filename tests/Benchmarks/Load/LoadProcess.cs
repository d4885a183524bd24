using System.Text.Json;
using Benchmarks.Processes;

namespace Benchmarks.Load;

/// <summary>The generator of load, in a process with a core of its own that lives as long as the suite: it is warm after its first run.</summary>
public sealed class LoadProcess : IAsyncDisposable
{
    private readonly ChildProcess _process = ChildProcess.StartSelf(Core.Load, ["load"], new Dictionary<string, string>
    {
        // One thread that does what the socket is ready for, instead of handing it to another that shares its core.
        ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1",
    });

    /// <summary>Carries out <paramref name="order"/>.</summary>
    /// <exception cref="InvalidOperationException">A webhook was answered something other than 200: what was measured is not what was meant.</exception>
    public async Task<LoadResult> RunAsync(LoadOrder order, CancellationToken cancellationToken)
    {
        var result = await _process.AskAsync<LoadResult>(order, cancellationToken);
        return result.Failed == 0
            ? result
            : throw new InvalidOperationException($"{result.Failed} of {result.Sent} webhooks were not accepted.");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>The other side of it: reads orders from the input until that ends.</summary>
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
