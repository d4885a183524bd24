using System.Diagnostics;
using System.Text.Json;

namespace Benchmarks.Processes;

/// <summary>
/// A process that this one started, and ends: the end of its input is the signal, and killed where it does not listen.
/// It says what it has to say in lines of JSON.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Whether this system lets a process be kept on a core.</summary>
    public static bool CanPin => Environment.ProcessorCount > 1 && (OperatingSystem.IsWindows() || File.Exists(TaskSet));

    private static string TaskSet => "/usr/bin/taskset";

    /// <summary>Starts a hidden verb of this very program.</summary>
    public static ChildProcess StartSelf(Core core, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        // The test suite has this assembly beside its own program: the one that runs is not the one to start.
        Start(core, DotNet, ["exec", typeof(ChildProcess).Assembly.Location, .. arguments], environment);

    /// <summary>Starts a program.</summary>
    public static ChildProcess Start(
        Core core, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var pin = core != Core.Any && CanPin;
        var start = pin && !OperatingSystem.IsWindows()
            // From the first instruction on: the runtime asks at its start how many cores it has.
            ? new ProcessStartInfo(TaskSet, ["--cpu-list", $"{(int)core}", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.UseShellExecute = false;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new(pin && OperatingSystem.IsWindows() ? StartOnWindows(start, core) : Process.Start(start)!);
    }

    /// <summary>Keeps a process that runs already on a core, where <see cref="CanPin"/>.</summary>
    public static async Task PinAsync(int processId, Core core, CancellationToken cancellationToken)
    {
        if (core == Core.Any || !CanPin)
        {
            return;
        }

        using var process = OperatingSystem.IsWindows()
            ? Process.GetProcessById(processId)
            : Process.Start(new ProcessStartInfo(TaskSet, ["--all-tasks", "--cpu-list", "--pid", $"{(int)core}", $"{processId}"]) { RedirectStandardOutput = true })!;
        if (OperatingSystem.IsWindows())
        {
            process.ProcessorAffinity = 1 << (int)core;
            return;
        }

        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new IOException($"{TaskSet} could not keep process {processId} on a core.");
        }
    }

    /// <summary>The next line that is JSON, as a <typeparamref name="T"/>.</summary>
    /// <exception cref="IOException">The process ended before it said anything.</exception>
    public async Task<T> ReadAsync<T>(CancellationToken cancellationToken)
    {
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith('{'))
            {
                return JsonSerializer.Deserialize<T>(line, JsonSerializerOptions.Web)!;
            }
        }

        throw new IOException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} ended without an answer.");
    }

    /// <summary>Sends a line and reads the answer.</summary>
    /// <exception cref="IOException">The process ended.</exception>
    public async Task<T> AskAsync<T>(object question, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(question, JsonSerializerOptions.Web).AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        return await ReadAsync<T>(cancellationToken);
    }

    /// <summary>Reads and forgets whatever else the process says, so that it never waits for a reader.</summary>
    public Task DrainAsync() => _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);

    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            if (_process.HasExited)
            {
                return;
            }

            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
    private static Process StartOnWindows(ProcessStartInfo start, Core core)
    {
        // A process inherits its parent's cores.
        using var self = Process.GetCurrentProcess();
        var before = self.ProcessorAffinity;
        self.ProcessorAffinity = 1 << (int)core;
        try
        {
            return Process.Start(start)!;
        }
        finally
        {
            self.ProcessorAffinity = before;
        }
    }
}
