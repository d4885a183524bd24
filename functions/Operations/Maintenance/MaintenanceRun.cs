using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Operations.DeadLetters;
using WebhookFunctions.Operations.Erasure;
using WebhookFunctions.Storage;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>Maintenance that runs every five minutes, whether or not webhooks arrive.</summary>
public sealed partial class MaintenanceRun(
    DeadLetterReconciler deadLetters,
    DeadLetterReplay replay,
    UnfinishedSweep sweep,
    JobErasure erasure,
    EventRetention retention,
    Outages outages,
    ILogger<MaintenanceRun> logger)
{
    /// <summary>Runs every task. Throws nothing except when the host stops: a failed task is retried in the next run.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // The dead letters come first: the sweep must not treat work as orphaned whose message has just been dead-lettered.
        foreach (var queue in QueueNames.Consumed)
        {
            await TryAsync($"reconcile the dead letters of {queue}", token => deadLetters.RunAsync(queue, token), cancellationToken);
            await TryAsync($"replay the dead letters of {queue}", token => replay.ContinueAsync(queue, token), cancellationToken);
        }

        await TryAsync("sweep the unfinished events", sweep.RunAsync, cancellationToken);
        await TryAsync("continue the erasures of jobs", erasure.ContinueErasuresAsync, cancellationToken);
        await TryAsync("remove old events", token => retention.RunAsync(EventRetention.MaxPerRun, token), cancellationToken);
    }

    private async Task TryAsync(string what, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log.Cause(logger, what, LoggedException.From(exception));
            if (!StorageErrors.IsTransient(exception) && !BrokerErrors.IsTransient(exception))
            {
                Log.Failed(logger, what, LoggedException.ReasonOf(exception));
            }
            else if (BrokerErrors.IsTransient(exception))
            {
                // Only sends report an outage by themselves, and peeking is not a send.
                outages.Broker.Failed(LoggedException.ReasonOf(exception));
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Maintenance could not {What} ({Reason}); the next run, in five minutes, retries it")]
        public static partial void Failed(ILogger logger, string what, string reason);

        [LoggerMessage(2, LogLevel.Debug, "Maintenance could not {What}")]
        public static partial void Cause(ILogger logger, string what, LoggedException exception);
    }
}
