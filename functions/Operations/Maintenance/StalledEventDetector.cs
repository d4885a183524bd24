namespace WebhookFunctions.Operations.Maintenance;

/// <summary>The judgement of which events and assets have no message any more, from times alone.</summary>
/// <param name="Now">When the run began.</param>
/// <param name="OldestEvent">The enqueued time of the oldest active message on queue <c>webhook-events</c>.</param>
/// <param name="OldestAsset">The same for queue <c>asset-downloads</c>.</param>
public sealed record StalledEventDetector(DateTimeOffset Now, DateTimeOffset OldestEvent, DateTimeOffset OldestAsset)
{
    /// <summary>An item with no activity for this long past its due time is taken to be orphaned.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    /// <summary>Whether an event that has not been dispatched has lost its message.</summary>
    public bool IsEventStalled(DateTimeOffset lastActivity) => IsStalled(lastActivity, OldestEvent);

    /// <summary>Whether an asset that has not ended has lost its message.</summary>
    public bool IsAssetStalled(DateTimeOffset lastActivity) => IsStalled(lastActivity, OldestAsset);

    /// <summary>Returns when an item is to be inspected next whose last activity was then.</summary>
    public DateTimeOffset NextCheck(DateTimeOffset lastActivity) => lastActivity + Grace > Now ? lastActivity + Grace : Now + Grace;

    // A message that is older than the activity may still be in the queue, and be the item's own.
    private bool IsStalled(DateTimeOffset lastActivity, DateTimeOffset oldestWaiting) => lastActivity + Grace < Now && lastActivity < oldestWaiting;
}
