using System.Diagnostics;

namespace Benchmarks.Processes;

/// <summary>What a process has used up to now, as the operating system counts it.</summary>
/// <param name="Cpu">Processor time, of all its threads.</param>
/// <param name="WorkingSetBytes">Memory at this moment.</param>
/// <param name="PeakBytes">The most memory that it ever had; 0 where the system does not say.</param>
public readonly record struct Usage(TimeSpan Cpu, long WorkingSetBytes, long PeakBytes)
{
    public static Usage Of(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return new(process.TotalProcessorTime, process.WorkingSet64, process.PeakWorkingSet64);
    }
}
