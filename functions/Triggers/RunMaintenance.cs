using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations.Maintenance;

namespace WebhookFunctions.Triggers;

/// <summary>
/// Every five minutes: looks after the dead letters and the unfinished events, and tells the age of the oldest, which at scale to zero
/// no process would do otherwise.
/// </summary>
public sealed class RunMaintenance(MaintenanceRun maintenance)
{
    [Function(nameof(RunMaintenance))]
    public Task RunAsync([TimerTrigger("0 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => maintenance.RunAsync(cancellationToken);
}
