using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Operations.DeadLetters;
using WebhookFunctions.Operations.Erasure;
using WebhookFunctions.Storage;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>What is to be done from time to time, whether anything comes in or not.</summary>
public sealed partial class MaintenanceRun(
    DeadLetterReconciler deadLetters, UnfinishedSweep sweep, JobErasure erasure, EventRetention retention, Outages outages, ILogger<MaintenanceRun> logger)
{
    /// <summary>Does all of it. Never throws but for the host's stop: what failed is done the next time.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // First: what has become a dead letter must not be sent again as forgotten.
        await TryAsync("look at the dead letters", deadLetters.RunAsync, cancellationToken);
        await TryAsync("go over the unfinished events", sweep.RunAsync, cancellationToken);
        await TryAsync("erase jobs once more", erasure.EraseAgainAsync, cancellationToken);
        await TryAsync("remove old events", token => retention.RunAsync(EventRetention.MostAtOnce, token), cancellationToken);
    }

    private async Task TryAsync(string what, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            Log.Cause(logger, what, LoggedException.Of(failure));
            if (!StorageErrors.IsTransient(failure) && !BrokerErrors.IsTransient(failure))
            {
                Log.Failed(logger, what, LoggedException.ReasonOf(failure));
            }
            else if (BrokerErrors.IsTransient(failure))
            {
                // Peeking is no send, which would have said so itself.
                outages.Broker.Failed(LoggedException.ReasonOf(failure));
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The timer could not {What} ({Reason}); the next run does, in five minutes")]
        public static partial void Failed(ILogger logger, string what, string reason);

        [LoggerMessage(2, LogLevel.Debug, "The timer could not {What}")]
        public static partial void Cause(ILogger logger, string what, LoggedException failure);
    }
}
