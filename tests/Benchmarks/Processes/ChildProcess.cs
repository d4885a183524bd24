using System.Diagnostics;
using System.Text.Json;

namespace Benchmarks.Processes;

/// <summary>
/// Child process that answers requests in lines of JSON. It ends when its standard input is closed, and is killed if it has not ended after ten
/// seconds.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Gets whether a process can be pinned to a core on this system.</summary>
    public static bool CanPin => Environment.ProcessorCount > 1 && (OperatingSystem.IsWindows() || File.Exists(TaskSet));

    private static string TaskSet => "/usr/bin/taskset";

    /// <summary>Starts a hidden verb of this program.</summary>
    public static ChildProcess StartSelf(Core core, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        // Starts this assembly and not the running program, which is the test suite if a test calls this.
        Start(core, DotNet, ["exec", typeof(ChildProcess).Assembly.Location, .. arguments], environment);

    /// <summary>Starts a program, pinned to <paramref name="core"/> where <see cref="CanPin"/>.</summary>
    public static ChildProcess Start(
        Core core, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var pin = core != Core.Any && CanPin;
        var start = pin && !OperatingSystem.IsWindows()
            // taskset pins the process before it starts, because the runtime reads the number of its cores at startup.
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

    /// <summary>Pins a running process to a core where <see cref="CanPin"/>.</summary>
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
            throw new IOException($"{TaskSet} could not pin process {processId} to core {(int)core}.");
        }
    }

    /// <summary>Reads the next line of the process's output that is a JSON object, as a <typeparamref name="T"/>.</summary>
    /// <exception cref="IOException">The process ended before it wrote such a line.</exception>
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

    /// <summary>Writes a request to the process's input and reads the answer.</summary>
    /// <exception cref="IOException">The process ended.</exception>
    public async Task<T> AskAsync<T>(object question, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(question, JsonSerializerOptions.Web).AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        return await ReadAsync<T>(cancellationToken);
    }

    /// <summary>Discards the rest of the process's output, so that the process never blocks on a full pipe.</summary>
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
            using var timeout = new CancellationTokenSource(ExitTimeout);
            try
            {
                await _process.WaitForExitAsync(timeout.Token);
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
        // A process inherits its parent's affinity, so this one has the child's for a moment.
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
