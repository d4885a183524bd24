using System.Diagnostics;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Requeuer of assets that wait for a slot, or for their turn as suspects. A wait is neither an attempt nor a start, and moves the deadline. A long
/// wait is recorded on the row, so that an operator can tell it from a lost message.
/// </summary>
public sealed class AssetWaiting(EventStore events, AssetRequeuer requeuer, DownloadLimiter limiter, WebhookMetrics metrics, TimeProvider clock)
{
    /// <summary>The longest wait for a slot. After a crash, or if the estimate was far too long, a waiting asset is redelivered within this
    /// time.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(2);

    // A scheduled message should arrive after its asset was taken out of the line. One that arrives earlier is scheduled again.
    private const double SafetyFactor = 1.5;
    private static readonly TimeSpan SafetyMargin = TimeSpan.FromMinutes(1);

    // A wait of this length is recorded on the row, and so is each further one. It is far below the time after which the sweep treats an asset as orphaned.
    private static readonly TimeSpan RecordEvery = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ShortestTurn = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Adds the asset to the line of its host, and schedules its message for a time after its likely turn. An invocation with a free slot takes the
    /// asset out of the line. The scheduled message then finds the asset done, or downloads it if the process has died. Returns the settlement of
    /// the current message.
    /// </summary>
    /// <param name="message">The asset.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable, and nothing was sent.</exception>
    public async Task<Settlement> WaitForSlotAsync(AssetMessage message, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var waited = Waited(message);
        var next = Next(message);

        // Joining comes first, so that the next asset gets the next place. Until the message is scheduled, the current one stays unsettled and would
        // be redelivered.
        var estimate = SafetyFactor * limiter.Join(new WaitingDownload(next, now, Activity.Current?.Context ?? default)) + SafetyMargin;

        // A long wait so far means that the estimate was too short. Each wait is therefore at least as long as all those before it together.
        var longest = LongestWait * (1 - Random.Shared.NextDouble() / 4);
        var wait = TimeSpan.FromTicks(Math.Min(Math.Max(estimate.Ticks, waited.Ticks), longest.Ticks));
        metrics.Waits(message.Event.Provider, "slot");
        return await ScheduleAsync(next, wait, "Waits for one of the download slots, in all or of its host.", cancellationToken);
    }

    /// <summary>Schedules the message of a suspect after a wait that grows with the time waited already. Returns the settlement of this message.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="reason">The reason of the wait, as text for an operator.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable, and nothing was sent.</exception>
    public Task<Settlement> WaitForTurnAsync(AssetMessage message, string reason, CancellationToken cancellationToken)
    {
        metrics.Waits(message.Event.Provider, "suspect");
        return ScheduleAsync(Next(message), TurnDelay(Waited(message)), reason, cancellationToken);
    }

    // Half of the delay is random, so that assets that wait for the same thing do not return together.
    private static TimeSpan TurnDelay(TimeSpan waited)
    {
        var minimum = waited / 2 < ShortestTurn ? ShortestTurn : waited / 2 > LongestTurn ? LongestTurn : waited / 2;
        return minimum * (1 + Random.Shared.NextDouble());
    }

    private TimeSpan Waited(AssetMessage message) => message.WaitingSince is { } since ? clock.GetUtcNow() - since : TimeSpan.Zero;

    private AssetMessage Next(AssetMessage message) => message with
    {
        Continuation = message.Continuation + 1,
        WaitingSince = message.WaitingSince ?? clock.GetUtcNow(),
        TransientFailures = 0,
    };

    /// <summary>Schedules the asset's next message. A wait that is long, or will be when the message arrives, is recorded on the row first.</summary>
    private async Task<Settlement> ScheduleAsync(AssetMessage next, TimeSpan wait, string reason, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (now + wait - (next.WaitRecordedAt ?? next.WaitingSince) >= RecordEvery)
        {
            await events.RecordWaitAsync(
                next.Event.PartitionKey, next.Row, next.Attempt, $"{reason} It has waited since {next.WaitingSince:u}.", now + wait, now, cancellationToken);
            next = next with { WaitRecordedAt = now };
        }

        await requeuer.ScheduleAsync(next with { QueuedAt = next.QueuedAt + wait }, wait, cancellationToken);
        return new Settlement.Complete();
    }
}
