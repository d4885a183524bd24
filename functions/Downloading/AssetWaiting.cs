using System.Diagnostics;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Requeuer of assets that have to wait for a slot or for their turn as suspects. Waiting is no attempt and no start, and moves the deadline.
/// A long wait is noted on the row, so that a person can tell it from a lost message.
/// </summary>
public sealed class AssetWaiting(EventStore events, AssetRequeuer requeuer, DownloadLimiter limiter, TimeProvider clock)
{
    /// <summary>The longest wait for a slot. After a crash, and wherever an estimate was far too long, a waiting asset is redelivered within this time.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(2);

    // A scheduled message should come after its asset was taken out of the line: one that comes earlier is scheduled again.
    private const double SafetyFactor = 1.5;
    private static readonly TimeSpan SafetyMargin = TimeSpan.FromMinutes(1);

    // Far below the time after which the sweep takes an asset for orphaned.
    private static readonly TimeSpan NoteEvery = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ShortestTurn = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Adds the asset to the line of its host, and schedules its message for the time when its turn has very likely passed. An invocation that has a slot
    /// to give takes it out of the line; the scheduled message finds it done, or does what the process could not. Returns the settlement of this message.
    /// </summary>
    /// <param name="message">The asset.</param>
    /// <param name="delivery">The delivery that found no slot.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable, and nothing was sent.</exception>
    public async Task<Settlement> WaitForSlotAsync(AssetMessage message, MessageDelivery delivery, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var waited = Waited(message);
        var next = Next(message);

        // First: the next asset gets the next place. Until the message is scheduled this one is not settled, and is redelivered.
        var estimate = SafetyFactor * limiter.Join(new WaitingDownload(next, delivery, now, Activity.Current?.Context ?? default)) + SafetyMargin;

        // An estimate that was too short shows in the time waited already: each wait is at least as long as those before it together.
        var longest = LongestWait * (1 - Random.Shared.NextDouble() / 4);
        var wait = TimeSpan.FromTicks(Math.Min(Math.Max(estimate.Ticks, waited.Ticks), longest.Ticks));
        return await ScheduleAsync(next, wait, "Waits for one of the download slots, in all or of its host.", cancellationToken);
    }

    /// <summary>Schedules the message of a suspect after a wait that grows with the time waited already. Returns the settlement of this message.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="why">What it waits for, in words for a person.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable, and nothing was sent.</exception>
    public Task<Settlement> WaitForTurnAsync(AssetMessage message, string why, CancellationToken cancellationToken) =>
        ScheduleAsync(Next(message), TurnDelay(Waited(message)), why, cancellationToken);

    // Half random, so that those that wait for the same do not return together.
    private static TimeSpan TurnDelay(TimeSpan waited)
    {
        var least = waited / 2 < ShortestTurn ? ShortestTurn : waited / 2 > LongestTurn ? LongestTurn : waited / 2;
        return least * (1 + Random.Shared.NextDouble());
    }

    private TimeSpan Waited(AssetMessage message) => message.WaitingSince is { } since ? clock.GetUtcNow() - since : TimeSpan.Zero;

    private AssetMessage Next(AssetMessage message) => message with
    {
        Continuation = message.Continuation + 1,
        WaitingSince = message.WaitingSince ?? clock.GetUtcNow(),
        TransientFailures = 0,
    };

    /// <summary>Schedules the asset's next message, and notes a long wait on the row.</summary>
    private async Task<Settlement> ScheduleAsync(AssetMessage next, TimeSpan wait, string why, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (now - (next.WaitNotedAt ?? next.WaitingSince) >= NoteEvery)
        {
            await NoteAsync(next, $"{why} It has waited since {next.WaitingSince:u}.", now + wait, now, cancellationToken);
            next = next with { WaitNotedAt = now };
        }

        await requeuer.ScheduleAsync(next with { QueuedAt = next.QueuedAt + wait }, wait, cancellationToken);
        return new Settlement.Complete();
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
