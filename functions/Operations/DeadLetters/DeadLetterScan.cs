using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>What became of a dead letter that was received.</summary>
public enum DeadLetterAction
{
    /// <summary>It stays where it is.</summary>
    Keep,

    /// <summary>It is removed.</summary>
    Complete,
}

/// <summary>
/// Goes once through the dead letters of a queue. They can be received in their order only: those that stay are held until the end and then released,
/// or the same ones would come again and again.
/// </summary>
public sealed partial class DeadLetterScan(DeadLetterQueues deadLetters, TimeProvider clock, ILogger<DeadLetterScan> logger)
{
    // For each that goes back: it must not push aside what comes in, and Service Bus Standard has 1,000 operations a second for all.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    // For each that stays, which costs two operations.
    private static readonly TimeSpan HeldPace = TimeSpan.FromMilliseconds(4);

    // Each takes memory for its body.
    private const int MaxHeld = 1000;

    private const int BatchSize = 20;

    private const int ReleasedAtOnce = 100;

    // An empty queue is found out by waiting.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Hands each dead letter to <paramref name="handle"/> as long as <paramref name="goOn"/> says so, for at most <see cref="OperatorTimes.Enough"/>.
    /// True where some were not reached: the time was over, or too many had to be held. What was begun for a message is not cancelled.
    /// </summary>
    public async Task<bool> RunAsync(
        string queue, Func<bool> goOn, Func<ServiceBusReceivedMessage, Task<DeadLetterAction>> handle, CancellationToken cancellationToken)
    {
        await using var receiver = deadLetters.Open(queue);
        var held = new List<ServiceBusReceivedMessage>();
        try
        {
            return await RunAsync(receiver, goOn, handle, held, cancellationToken);
        }
        finally
        {
            await ReleaseAsync(receiver, held);
        }
    }

    private async Task<bool> RunAsync(
        ServiceBusReceiver receiver,
        Func<bool> goOn,
        Func<ServiceBusReceivedMessage, Task<DeadLetterAction>> handle,
        List<ServiceBusReceivedMessage> held,
        CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (goOn())
        {
            if (held.Count >= MaxHeld || clock.GetElapsedTime(started) >= OperatorTimes.Enough)
            {
                return true;
            }

            var begun = clock.GetTimestamp();
            var batch = await receiver.ReceiveMessagesAsync(BatchSize, Patience, cancellationToken);
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
                    // Its work is done: it is completed even if the caller has hung up.
                    await receiver.CompleteMessageAsync(message, CancellationToken.None);
                    held.Remove(message);
                    completed++;
                }
            }

            var rest = Pace * completed + HeldPace * (batch.Count - completed) - clock.GetElapsedTime(begun);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, clock, cancellationToken);
            }
        }

        return false;
    }

    private async Task ReleaseAsync(ServiceBusReceiver receiver, List<ServiceBusReceivedMessage> held)
    {
        foreach (var piece in held.Chunk(ReleasedAtOnce))
        {
            try
            {
                await Task.WhenAll(piece.Select(message => receiver.AbandonMessageAsync(message)));
            }
            catch (ServiceBusException exception)
            {
                Log.NotReleased(logger, piece.Length, LoggedException.ReasonOf(exception));
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} dead letters could not be released ({Reason}): they can be received when their locks expire")]
        public static partial void NotReleased(ILogger logger, int count, string reason);
    }
}
