namespace FunctionsHost.Workers;

/// <summary>Details of a worker: its process and versions.</summary>
/// <param name="ProcessId">The id of the process.</param>
/// <param name="Version">The version of Microsoft.Azure.Functions.Worker.</param>
/// <param name="Runtime">The runtime's name and version.</param>
public sealed record WorkerDetails(int ProcessId, string Version, string Runtime)
{
    public override string ToString() => $"Microsoft.Azure.Functions.Worker {Version} on {Runtime}, process {ProcessId}";
}
