using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using FunctionsHost.Hosting;
using Microsoft.Extensions.Logging;

namespace FunctionsHost.Workers;

/// <summary>Process of a worker. Its output goes to the log, and it never outlives this process: see <see cref="StartupHook"/>.</summary>
internal sealed partial class WorkerProcess : IDisposable
{
    // The Functions host's category for a worker's console output.
    private const string LogCategory = "Host.Function.Console";

    // The number of lines of standard error that are reported when a worker ends. It must be large, because a stack trace follows the exception's message.
    private const int MaxErrorLines = 100;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly ILogger _console;

    private WorkerProcess(Process process, ILogger console)
    {
        (_process, _console) = (process, console);
        Id = process.Id;
        process.OutputDataReceived += (_, line) => Log.Output(_console, line.Data);
        process.ErrorDataReceived += (_, line) => RecordError(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Exited = process.WaitForExitAsync();
    }

    public int Id { get; }

    /// <summary>Completes when the process has exited and all of its output has been read.</summary>
    public Task Exited { get; }

    /// <summary>Gets the exit code and the last lines of standard error, for an error message.</summary>
    public string ExitDescription => $"exit code {_process.ExitCode}{string.Concat(_errors.Select(line => $"{Environment.NewLine}  {line}"))}";

    /// <summary>Starts an app's assembly as the Functions host does.</summary>
    /// <exception cref="FunctionsHostException">The assembly, or <c>dotnet</c>, does not exist.</exception>
    public static WorkerProcess Start(
        string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> settings, ILoggerFactory loggers)
    {
        if (!File.Exists(assembly))
        {
            throw new FunctionsHostException($"The app's assembly '{assembly}' does not exist.");
        }

        var directory = Path.GetDirectoryName(assembly)!;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [assembly, .. arguments])
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (OperatingSystem.IsWindows())
        {
            start.CreateNewProcessGroup = true;
        }

        WorkerEnvironment.Apply(start, directory, settings);
        try
        {
            return new WorkerProcess(Process.Start(start)!, loggers.CreateLogger(LogCategory));
        }
        catch (Win32Exception exception)
        {
            throw new FunctionsHostException($"The worker cannot be started with '{start.FileName}': {exception.Message}", exception);
        }
    }

    /// <summary>Kills the process. Does nothing if it has exited.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // The process has exited meanwhile.
        }
    }

    public void Dispose() => _process.Dispose();

    private void RecordError(string? line)
    {
        if (line is null)
        {
            return;
        }

        Log.Error(_console, line);
        _errors.Enqueue(line);
        if (_errors.Count > MaxErrorLines)
        {
            _errors.TryDequeue(out _);
        }
    }

    private static partial class Log
    {
        public static void Output(ILogger logger, string? line)
        {
            if (line is not null)
            {
                Information(logger, line);
            }
        }

        [LoggerMessage(1, LogLevel.Information, "{Line}")]
        private static partial void Information(ILogger logger, string line);

        [LoggerMessage(2, LogLevel.Error, "{Line}")]
        public static partial void Error(ILogger logger, string line);
    }
}
