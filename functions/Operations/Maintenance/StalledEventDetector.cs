using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>Detector of events and assets that have no message any more. It judges by their rows' times and their queue's content.</summary>
/// <remarks>
/// Two conditions are both necessary. The row must be overdue, which many healthy rows are, like that of the oldest message of a long backlog. And
/// no message of the work may have been on the queue, which was read before the row.
/// </remarks>
public static class StalledEventDetector
{
    /// <summary>
    /// How long after its due time an item without activity may be treated as orphaned. This is far above the clock skew between two instances, and
    /// above the five minutes after which waiting work updates its row.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long orphaned work that cannot be sent again may stand still. An operator may turn a provider on again, or restore a body, in that time.
    /// </summary>
    public static readonly TimeSpan LongestStandstill = TimeSpan.FromHours(24);

    /// <summary>Returns the last activity of an event's own work: when its next attempt is due, or when its row was last written, whichever is
    /// later.</summary>
    public static DateTimeOffset LastActivity(EventRow row) => Later(row.NextAttemptAt, row.UpdatedAt);

    /// <summary>
    /// Returns the last activity of an asset's work. It is the latest of the lease's expiry, the time of the next attempt, and the last writes of
    /// its row and its event's.
    /// </summary>
    public static DateTimeOffset LastActivity(AssetRow row, EventRow itsEvent) =>
        Later(row.NextAttemptAt, Later(row.LeaseExpiresAt, Later(itsEvent.UpdatedAt, row.UpdatedAt)));

    /// <summary>Returns the last activity of a notification's work: when its next attempt is due, or when its row was last written, whichever is
    /// later.</summary>
    public static DateTimeOffset LastActivity(NotificationRow row) => Later(row.NextAttemptAt, row.UpdatedAt);

    /// <summary>Returns whether an item is orphaned.</summary>
    /// <param name="lastActivity">The last activity of its work.</param>
    /// <param name="now">The time, UTC.</param>
    /// <param name="work">The key of its work: <see cref="QueueBacklog.KeyOf(string, string?)"/>.</param>
    /// <param name="queue">The content of its queue, read before the row.</param>
    public static bool IsStalled(DateTimeOffset lastActivity, DateTimeOffset now, string work, QueueContents queue) =>
        lastActivity + Grace < now && !queue.MayHold(work);

    /// <summary>Returns when to inspect next an item with that last activity.</summary>
    public static DateTimeOffset NextCheck(DateTimeOffset lastActivity, DateTimeOffset now) => Later(lastActivity, now) + Grace;

    /// <summary>Returns whether all of an event's assets have ended although the event has not. Its counts were lost, and are then recomputed from
    /// the rows.</summary>
    public static bool HaveAllEnded(EventState state, IReadOnlyCollection<AssetRow> assets) =>
        state == EventState.Downloading && assets.All(asset => asset.IsFinal);

    /// <summary>Returns whether an orphaned item that cannot be sent again has to end as failed.</summary>
    /// <param name="lastActivity">The last activity of its work.</param>
    /// <param name="now">The time, UTC.</param>
    /// <param name="isDefinite">Whether the cause will not pass.</param>
    public static bool IsLost(DateTimeOffset lastActivity, DateTimeOffset now, bool isDefinite) =>
        isDefinite || lastActivity + LongestStandstill < now;

    /// <summary>Returns whether an asset that its event does not name may still be named by a manifest of the event, which has not ended.</summary>
    /// <param name="asset">The asset.</param>
    /// <param name="assets">All assets of its event.</param>
    public static bool MayStillBeNamed(AssetRow asset, IReadOnlyCollection<AssetRow> assets) =>
        IsExpanded(asset) && assets.Any(other => !IsExpanded(other) && !other.IsFinal);

    private static bool IsExpanded(AssetRow asset) => asset.Number >= AssetDispatch.MaxExpansion;

    private static DateTimeOffset Later(DateTimeOffset? first, DateTimeOffset second) => first > second ? first.Value : second;
}
