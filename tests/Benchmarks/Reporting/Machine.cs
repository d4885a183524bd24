using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Benchmarks.Reporting;

/// <summary>Machine on which the figures were measured. Figures of different machines or runs can hardly be compared.</summary>
public sealed record Machine(string OperatingSystem, string Processor, int Cores, long MemoryMiB, string Runtime, bool ServerGarbageCollection)
{
    private const string ProcessorInformation = "/proc/cpuinfo";

    /// <summary>Returns this machine.</summary>
    public static Machine Read() => new(
        RuntimeInformation.OSDescription,
        $"{ProcessorName()} ({RuntimeInformation.ProcessArchitecture})",
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024),
        RuntimeInformation.FrameworkDescription,
        GCSettings.IsServerGC);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Processor}, {Cores} cores, {MemoryMiB:N0} MiB, {OperatingSystem}, {Runtime}");

    private static string ProcessorName()
    {
        var line = File.Exists(ProcessorInformation)
            ? File.ReadLines(ProcessorInformation).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
    }
}
