namespace WebhookFunctions.Model;

/// <summary>State of a notification for one target.</summary>
public enum NotificationState
{
    /// <summary>The target has not accepted it yet.</summary>
    Pending,

    /// <summary>Final: the target accepted it.</summary>
    Sent,

    /// <summary>Final unless replayed: the target refused it for good, or attempts failed for 24 hours. Its message is a dead letter.</summary>
    Failed,

    /// <summary>Final: before the target accepted it, the event was reopened and ended with another outcome, which has its own
    /// notification.</summary>
    Superseded,

    /// <summary>Final: the target is no longer configured.</summary>
    Dropped,
}
