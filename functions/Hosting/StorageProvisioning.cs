using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Storage;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Hosting;

/// <summary>
/// Provisioner that creates missing tables and containers. In Azure they are deployed; on a developer's machine they are not. If storage is
/// unavailable when the app starts, the provisioner retries, and messages wait meanwhile.
/// </summary>
public sealed partial class StorageProvisioning(
    StorageClients storage, Outages outages, TimeProvider clock, ILogger<StorageProvisioning> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.WhenAll(
                    storage.Events.CreateIfNotExistsAsync(stoppingToken),
                    storage.Jobs.CreateIfNotExistsAsync(stoppingToken),
                    storage.Index.CreateIfNotExistsAsync(stoppingToken),
                    storage.Assets.CreateIfNotExistsAsync(cancellationToken: stoppingToken),
                    storage.RawEvents.CreateIfNotExistsAsync(cancellationToken: stoppingToken));
                return;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                outages.Storage.Failed(LoggedException.ReasonOf(exception));
                Log.NotProvisioned(logger, LoggedException.From(exception));
                await Task.Delay(Pause, clock, stoppingToken);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Cannot create the tables and containers; retrying")]
        public static partial void NotProvisioned(ILogger logger, LoggedException exception);
    }
}
