using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>Judgement of which events and assets have no message any more, from their rows' times and from what their queue holds.</summary>
/// <remarks>
/// Two conditions, both necessary. The row's time is over, which is true of much that is healthy, like the oldest message of a long backlog. And
/// no message of the work was on the queue, which was read before the row.
/// </remarks>
public static class StalledEventDetector
{
    /// <summary>
    /// How long an item may show no activity past its due time before it may be taken for orphaned. Far above the skew of the clocks of two instances,
    /// and above the five minutes after which what waits says so on its row.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    /// <summary>Returns the last sign of an event's own work: when its next attempt is due, or when its row was last written.</summary>
    public static DateTimeOffset LastActivity(EventRow row) => Later(row.NextAttemptAt, row.UpdatedAt);

    /// <summary>
    /// Returns the last sign of an asset's work: until when its lease is held, when its next attempt is due, or when its row or its event's was last
    /// written.
    /// </summary>
    public static DateTimeOffset LastActivity(AssetRow row, EventRow itsEvent) =>
        Later(row.NextAttemptAt, Later(row.ClaimedUntil, Later(itsEvent.UpdatedAt, row.UpdatedAt)));

    /// <summary>Returns the last sign of a notification's work: when its next attempt is due, or when its row was last written.</summary>
    public static DateTimeOffset LastActivity(NotificationRow row) => Later(row.NextAttemptAt, row.UpdatedAt);

    /// <summary>Whether an item is taken to be orphaned.</summary>
    /// <param name="lastActivity">The last sign of its work.</param>
    /// <param name="now">The time, UTC.</param>
    /// <param name="work">The key of its work: <see cref="QueueBacklog.KeyOf(string, string?)"/>.</param>
    /// <param name="queue">What its queue held before the row was read.</param>
    public static bool IsStalled(DateTimeOffset lastActivity, DateTimeOffset now, string work, QueueContents queue) =>
        lastActivity + Grace < now && !queue.MayHold(work);

    /// <summary>Returns when an item is to be inspected next whose last activity was then.</summary>
    public static DateTimeOffset NextCheck(DateTimeOffset lastActivity, DateTimeOffset now) => Later(lastActivity, now) + Grace;

    /// <summary>Whether all of an event's assets have ended, although the event has not: its counts were lost, and are taken from the rows.</summary>
    public static bool HaveAllEnded(EventState state, IReadOnlyCollection<AssetRow> assets) =>
        state == EventState.Downloading && assets.All(asset => asset.IsFinal);

    private static DateTimeOffset Later(DateTimeOffset? first, DateTimeOffset second) => first > second ? first.Value : second;
}
