using System.Diagnostics;

namespace BrokerConsole;

/// <summary>Emulator in a separate process, so that its processor time and memory can be measured separately.</summary>
internal sealed class EmulatorProcess : IAsyncDisposable
{
    private const string ReadyPrefix = "Ready: ";
    private const double MiB = 1024 * 1024;

    private readonly Process process;

    private EmulatorProcess(Process process, string connectionString, TimeSpan startTime)
    {
        this.process = process;
        ConnectionString = connectionString;
        StartTime = startTime;
    }

    public string ConnectionString { get; }

    /// <summary>Gets the time from the creation of the process until it reported that it was ready.</summary>
    public TimeSpan StartTime { get; }

    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public double WorkingSetMiB
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / MiB;
        }
    }

    /// <summary>Starts the emulator on a free port. It stores its messages in the directory, or in memory if that is null.</summary>
    /// <exception cref="InvalidOperationException">The emulator ended before it was ready.</exception>
    public static async Task<EmulatorProcess> StartAsync(string? directory)
    {
        var watch = Stopwatch.StartNew();
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "ServiceBusEmulator.dll"), "--port", "0"];
        var process = Process.Start(
            new ProcessStartInfo("dotnet", directory is null ? arguments : [.. arguments, "--data", directory]) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(ReadyPrefix, StringComparison.Ordinal))
                return new EmulatorProcess(process, line[ReadyPrefix.Length..], watch.Elapsed);
        }

        throw new InvalidOperationException("The emulator ended before it was ready.");
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
