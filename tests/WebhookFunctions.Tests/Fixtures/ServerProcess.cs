using System.Collections.Concurrent;
using System.Diagnostics;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>A server of this repository as a user starts it: a process of its own, which says when it is ready and can be killed.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string ReadyMark = "Ready: ";

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = [];
    private readonly TaskCompletionSource<string?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Everything that it wrote so far.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    /// <summary>Starts an assembly with settings in its environment.</summary>
    public static ServerProcess Start(string assembly, IReadOnlyDictionary<string, string> settings, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(assembly);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new ServerProcess(Process.Start(start)!);
    }

    /// <summary>Returns the connection string, once the server reports it.</summary>
    public async Task<string> ReadyAsync()
    {
        var address = await _ready.Task.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        Assert.True(address is not null, $"The server ended before it was ready: {Output}");
        return address;
    }

    /// <summary>Ends it at once, without any chance to clean up (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync();
    }

    /// <summary>The exit code, once it has ended without being killed.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await EndAsync();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await EndAsync();
        }

        _process.Dispose();
    }

    // Its end is known once its output has ended: a process of its own that outlives it and holds the output would be waited for without end.
    private async Task EndAsync()
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        await _process.WaitForExitAsync(patience.Token);
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            _ready.TrySetResult(null);
            return;
        }

        _output.Enqueue(line);
        if (line.StartsWith(ReadyMark, StringComparison.Ordinal))
        {
            _ready.TrySetResult(line[ReadyMark.Length..]);
        }
    }
}
