using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Recovery of the waiting line after a crash. It reads the scheduled messages of waiting assets and adds the assets to the line of this process.
/// </summary>
/// <remarks>
/// An asset may be in the lines of two instances then, because another instance's assets cannot be distinguished from those of a dead process. The lease
/// lets one of them download it. The other finds the result on the row, or sends a message that looks for it later.
/// </remarks>
public sealed partial class WaitingLineRecovery(
    ServiceBusClient client, DownloadLimiter limiter, TimeProvider clock, ILogger<WaitingLineRecovery> logger) : IDisposable
{
    // The maximum number of messages to peek, in some fifty requests. In a longer queue, the further ones arrive at their scheduled times.
    private const int MaxPeeked = 5_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _oneAtATime = new(1);
    private int _requested;
    private int _served;

    /// <summary>
    /// Recovers the line, or waits for a recovery that begins after this call. The messages that a crash left are redelivered together, and one
    /// recovery serves all that have asked for it. Never throws: an asset that is not recovered continues with its scheduled message.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _requested);
        try
        {
            await _oneAtATime.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        try
        {
            if (_served < number)
            {
                _served = Volatile.Read(ref _requested);
                await ReadAsync(cancellationToken);
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task ReadAsync(CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(Limit, clock);
        using var limitOrStopping = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        var count = 0;
        try
        {
            await using var receiver = client.CreateReceiver(QueueNames.AssetDownloads);
            await foreach (var message in receiver.PeekAllAsync(limitOrStopping.Token).Take(MaxPeeked))
            {
                if (message.State == ServiceBusMessageState.Scheduled && AssetMessage.TryRead(message) is { WaitingSince: not null } waiting)
                {
                    limiter.Join(new WaitingDownload(waiting, message.ScheduledEnqueueTime, MessageTracing.OriginOf(message))
                    {
                        RecoveredDueAt = message.ScheduledEnqueueTime,
                    });
                    count++;
                }
            }
        }
        catch (Exception exception)
        {
            Log.NotRead(logger, LoggedException.From(exception));
        }

        Log.Recovered(logger, count);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "A message was delivered again. {Count} scheduled messages of waiting assets were added to the waiting line")]
        public static partial void Recovered(ILogger logger, int count);

        [LoggerMessage(2, LogLevel.Debug, "Cannot read the scheduled messages of waiting assets; they arrive at their scheduled times")]
        public static partial void NotRead(ILogger logger, LoggedException exception);
    }
}
