using System.Diagnostics;

namespace Benchmarks.Processes;

/// <summary>Processor time and memory of a process, as the operating system counts them.</summary>
/// <param name="Cpu">Processor time of all its threads since its start.</param>
/// <param name="WorkingSetBytes">The working set at this moment.</param>
/// <param name="PeakBytes">The peak working set since its start; 0 where the operating system does not report it.</param>
public readonly record struct Usage(TimeSpan Cpu, long WorkingSetBytes, long PeakBytes)
{
    public static Usage Read(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return new(process.TotalProcessorTime, process.WorkingSet64, process.PeakWorkingSet64);
    }
}
