using WebhookFunctions.Messaging;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Requeuer of assets that have to wait for a slot or for their turn as suspects. Waiting is no attempt and no start, and moves the deadline.
/// A long wait is noted on the row, so that a person and the sweep can tell it from a lost message.
/// </summary>
public sealed class AssetWaiting(EventStore events, AssetRequeuer requeuer, TimeProvider clock)
{
    // Far below the time after which the sweep takes an asset for orphaned.
    private static readonly TimeSpan NoteEvery = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>Continues the asset in a new message after a wait that grows with the time waited already. Returns the settlement of this message.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="why">What it waits for, in words for a person.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable, and nothing was sent.</exception>
    public async Task<Settlement> WaitAsync(AssetMessage message, string why, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var since = message.WaitingSince ?? now;
        var wait = Delay(now - since);
        var isNoted = now - (message.WaitNotedAt ?? since) >= NoteEvery;
        if (isNoted)
        {
            await NoteAsync(message, $"{why} It has waited since {since:u}.", now + wait, now, cancellationToken);
        }

        var next = message with
        {
            QueuedAt = message.QueuedAt + wait,
            WaitingSince = since,
            WaitNotedAt = isNoted ? now : message.WaitNotedAt,
            TransientFailures = 0,
        };
        return await requeuer.ContinueAsync(next, wait, cancellationToken);
    }

    // Half random, so that those that wait for the same do not come back together.
    private static TimeSpan Delay(TimeSpan waited)
    {
        var least = waited / 2 < ShortestWait ? ShortestWait : waited / 2 > LongestWait ? LongestWait : waited / 2;
        return least * (1 + Random.Shared.NextDouble());
    }

    private async Task NoteAsync(AssetMessage message, string why, DateTimeOffset until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await events.FindAssetAsync(message.Event.PartitionKey, message.Row, cancellationToken) is { } row
            && row.TryNoteWait(message.Attempt, why, until, now))
        {
            // Another worker that changed the row since it was read has newer things to say.
            await events.UpdateAsync(row, cancellationToken);
        }
    }
}
