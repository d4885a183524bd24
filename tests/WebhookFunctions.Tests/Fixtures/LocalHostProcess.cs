using System.Collections.Concurrent;
using System.Diagnostics;
using LocalHost.Hosting;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>The local host as a user starts it: a process of its own, which can be killed.</summary>
internal sealed class LocalHostProcess : IAsyncDisposable
{
    private const string ReadyMark = "Ready: ";

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = [];
    private readonly TaskCompletionSource<Uri?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LocalHostProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Everything that it wrote so far.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    /// <summary>The most memory that it had so far, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Starts a command with settings in its environment.</summary>
    public static LocalHostProcess Start(IReadOnlyDictionary<string, string> settings, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(LocalHostApp).Assembly.Location);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new LocalHostProcess(Process.Start(start)!);
    }

    /// <summary>Where it listens, once it says so.</summary>
    public async Task<Uri> ReadyAsync()
    {
        var address = await _ready.Task.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        Assert.True(address is not null, $"The local host ended before it was ready: {Output}");
        return address;
    }

    /// <summary>Ends it at once, without any chance to clean up (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The exit code, once it has ended by itself.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
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
            _ready.TrySetResult(new Uri(line[ReadyMark.Length..]));
        }
    }
}
