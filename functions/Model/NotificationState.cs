namespace WebhookFunctions.Model;

/// <summary>How far a notification to one target is.</summary>
public enum NotificationState
{
    /// <summary>It is owed: no target has accepted it yet.</summary>
    Pending,

    /// <summary>Final: the target accepted it.</summary>
    Sent,

    /// <summary>Final unless replayed: the target refused it for good, or for 24 hours. Its message is a dead letter.</summary>
    Failed,

    /// <summary>Final: the event was reopened and ended otherwise before the notification was accepted. That end has a notification of its own.</summary>
    Superseded,

    /// <summary>Final: the target is no longer configured.</summary>
    Dropped,
}
