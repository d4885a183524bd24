using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations.Maintenance;

namespace WebhookFunctions.Triggers;

/// <summary>
/// Function that runs every five minutes, reconciles the dead letters, sweeps the unfinished events, and reports the age of the oldest one. At scale
/// to zero no other process would do so.
/// </summary>
public sealed class RunMaintenance(MaintenanceRun maintenance)
{
    [Function(nameof(RunMaintenance))]
    public Task RunAsync([TimerTrigger("0 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => maintenance.RunAsync(cancellationToken);
}
