using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>What happens to a received dead letter.</summary>
public enum DeadLetterAction
{
    /// <summary>It stays in the queue.</summary>
    Keep,

    /// <summary>It is completed, which removes it.</summary>
    Complete,
}

/// <summary>
/// Scanner that goes once through the dead letters of a queue. They can only be received in order, so those that stay are held until the end and
/// then released. Otherwise the same ones would be received again and again.
/// </summary>
public sealed partial class DeadLetterScan(DeadLetterQueues deadLetters, TimeProvider clock, ILogger<DeadLetterScan> logger)
{
    // The pace of replayed messages: 50 a second, so that they do not crowd out live traffic. Service Bus Standard has 1,000 operations a second for
    // everything.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    // The pace of dead letters that stay, each of which costs two operations.
    private static readonly TimeSpan HeldPace = TimeSpan.FromMilliseconds(4);

    // The pace of a release of more dead letters than Service Bus Standard has operations in a second. A request never holds that many.
    private static readonly TimeSpan ReleasePace = TimeSpan.FromMilliseconds(1);

    private const int MaxReleasedUnpaced = 1000;

    // The maximum total size of the bodies of the dead letters held, in bytes.
    private const long MaxHeldBytes = 128 * 1024 * 1024;

    // Service Bus detaches a link with too many unsettled messages, and documents no number.
    private const int MaxHeldByLink = 1000;

    private const int BatchSize = 20;

    private const int ReleasedAtOnce = 100;

    // How long a receive waits for a message. If none arrives in this time, the queue is treated as empty.
    private static readonly TimeSpan ReceiveTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The time limit of a scan by maintenance, which gets past 10,000 dead letters in it. With their release it is shorter than the lock of a minute:
    /// a dead letter whose lock expires would be received again.
    /// </summary>
    public static readonly TimeSpan MaintenanceLimit = TimeSpan.FromSeconds(40);

    /// <summary>
    /// Passes each dead letter to <paramref name="handle"/> as long as <paramref name="shouldContinue"/> returns true, for at most
    /// <paramref name="limit"/>: <see cref="OperatorTimes.WorkLimit"/>, or <see cref="MaintenanceLimit"/>. Returns true if some were not reached,
    /// because the time was over or too many had to be held. Does not reach dead letters that another scan holds. Work begun for a message is not
    /// cancelled.
    /// </summary>
    public async Task<bool> RunAsync(
        string queue,
        TimeSpan limit,
        Func<bool> shouldContinue,
        Func<ServiceBusReceivedMessage, Task<DeadLetterAction>> handle,
        CancellationToken cancellationToken)
    {
        var links = new List<Link>();
        try
        {
            return await RunAsync(queue, limit, shouldContinue, handle, links, cancellationToken);
        }
        finally
        {
            var isPaced = links.Sum(link => link.Held.Count) > MaxReleasedUnpaced;
            foreach (var link in links)
            {
                await using var receiver = link.Receiver;
                await ReleaseAsync(link, isPaced, cancellationToken);
            }
        }
    }

    private async Task<bool> RunAsync(
        string queue,
        TimeSpan limit,
        Func<bool> shouldContinue,
        Func<ServiceBusReceivedMessage, Task<DeadLetterAction>> handle,
        List<Link> links,
        CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var heldBytes = 0L;
        while (shouldContinue())
        {
            if (heldBytes >= MaxHeldBytes || clock.GetElapsedTime(started) >= limit)
            {
                return true;
            }

            if (links.Count == 0 || links[^1].Held.Count >= MaxHeldByLink)
            {
                links.Add(new Link(deadLetters.Open(queue), []));
            }

            var (receiver, held) = links[^1];
            var batchStarted = clock.GetTimestamp();
            var batch = await receiver.ReceiveMessagesAsync(BatchSize, ReceiveTimeout, cancellationToken);
            if (batch.Count == 0)
            {
                return false;
            }

            held.AddRange(batch);
            var completed = 0;
            foreach (var message in batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (await handle(message) == DeadLetterAction.Complete)
                {
                    // The message's work is done, so it is completed even if the caller has disconnected.
                    await receiver.CompleteMessageAsync(message, CancellationToken.None);
                    held.Remove(message);
                    completed++;
                }
                else
                {
                    heldBytes += message.Body.ToMemory().Length;
                }
            }

            var wait = Pace * completed + HeldPace * (batch.Count - completed) - clock.GetElapsedTime(batchStarted);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, clock, cancellationToken);
            }
        }

        return false;
    }

    private async Task ReleaseAsync(Link link, bool isPaced, CancellationToken cancellationToken)
    {
        foreach (var piece in link.Held.Chunk(ReleasedAtOnce))
        {
            var started = clock.GetTimestamp();
            try
            {
                await Task.WhenAll(piece.Select(message => link.Receiver.AbandonMessageAsync(message)));
            }
            catch (ServiceBusException exception)
            {
                Log.NotReleased(logger, piece.Length, LoggedException.ReasonOf(exception));
            }

            // When the host stops, there is no time for waits.
            var wait = ReleasePace * piece.Length - clock.GetElapsedTime(started);
            if (isPaced && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Link to the dead letters of a queue, with those that it holds.</summary>
    private sealed record Link(ServiceBusReceiver Receiver, List<ServiceBusReceivedMessage> Held);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Cannot release {Count} dead letters ({Reason}); they can be received again when their locks expire")]
        public static partial void NotReleased(ILogger logger, int count, string reason);
    }
}
