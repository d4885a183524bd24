using WebhookFunctions.Messaging;

namespace WebhookFunctions.Downloading;

/// <summary>Sender of the follow-up messages of an asset. A wait is a scheduled message, because an abandoned message would be redelivered at
/// once.</summary>
public sealed class AssetRequeuer(QueueSenders senders, TimeProvider clock)
{
    /// <summary>Sends the message of the next attempt.</summary>
    public Task RetryAsync(AssetMessage message, TimeSpan wait, CancellationToken cancellationToken) =>
        ScheduleAsync(message.AfterWork() with { Attempt = message.Attempt + 1, Continuation = 0 }, wait, cancellationToken);

    /// <summary>Continues the same attempt, which has not failed, in a new message. Returns the settlement of the current message.</summary>
    public async Task<Settlement> ContinueAsync(AssetMessage message, TimeSpan wait, CancellationToken cancellationToken)
    {
        await ScheduleAsync(message with { Continuation = message.Continuation + 1 }, wait, cancellationToken);
        return new Settlement.Complete();
    }

    /// <summary>Sends a message that is delivered after <paramref name="wait"/>.</summary>
    public async Task ScheduleAsync(AssetMessage message, TimeSpan wait, CancellationToken cancellationToken)
    {
        var next = (message with { Redrive = null }).ToMessage();
        if (wait > TimeSpan.Zero)
        {
            next.ScheduledEnqueueTime = clock.GetUtcNow() + wait;
        }

        await senders.Assets.SendMessageAsync(next, cancellationToken);
    }
}
