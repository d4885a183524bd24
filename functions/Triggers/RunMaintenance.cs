using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations.Maintenance;

namespace WebhookFunctions.Triggers;

/// <summary>
/// Function that runs maintenance every five minutes: dead letters, unfinished events, erasures and old events. The timer also starts an app that is
/// scaled to zero.
/// </summary>
public sealed class RunMaintenance(MaintenanceRun maintenance)
{
    [Function(nameof(RunMaintenance))]
    public Task RunAsync([TimerTrigger("0 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => maintenance.RunAsync(cancellationToken);
}
