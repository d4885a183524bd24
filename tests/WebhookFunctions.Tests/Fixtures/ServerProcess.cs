using System.Collections.Concurrent;
using System.Diagnostics;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Server of this repository in a separate process, as a user starts it, which can be killed.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string ReadyPrefix = "Ready: ";

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = [];
    private readonly TaskCompletionSource<string?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Gets all of its output so far.</summary>
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

    /// <summary>Waits until the server reports its address or connection string, and returns it. A server that is not ready in time is ended.</summary>
    public async Task<string> ReadyAsync()
    {
        try
        {
            var address = await _ready.Task.WaitAsync(Eventually.MaxWait, TestContext.Current.CancellationToken);
            Assert.True(address is not null, $"The server ended before it was ready: {Output}");
            return address;
        }
        catch
        {
            await StopAsync();
            throw;
        }
    }

    /// <summary>Kills the process (SIGKILL), so that it cannot clean up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync();
    }

    /// <summary>Waits until the process ends without being killed, and returns the exit code.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await EndAsync();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    private async Task StopAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await EndAsync();
        }
    }

    // Waits for the end of the output too. A child process that outlives the server and inherits its output would make this wait for ever.
    private async Task EndAsync()
    {
        using var patience = new CancellationTokenSource(Eventually.MaxWait);
        await _process.WaitForExitAsync(patience.Token);
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            _ready.TrySetResult(null);
            return;
        }

        _output.Enqueue(line);
        if (line.StartsWith(ReadyPrefix, StringComparison.Ordinal))
        {
            _ready.TrySetResult(line[ReadyPrefix.Length..]);
        }
    }
}
