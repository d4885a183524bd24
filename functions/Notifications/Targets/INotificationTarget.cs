using WebhookFunctions.Model;

namespace WebhookFunctions.Notifications.Targets;

/// <summary>System of the user's own that receives notifications.</summary>
public interface INotificationTarget
{
    /// <summary>The target's name, which is part of the keys of its rows.</summary>
    string Name { get; }

    /// <summary>Makes one attempt. Throws only if <paramref name="cancellationToken"/> is cancelled.</summary>
    Task<NotificationDelivery> SendAsync(Notification notification, CancellationToken cancellationToken);
}

/// <summary>Result of one attempt at a notification.</summary>
public abstract record NotificationDelivery
{
    private NotificationDelivery()
    {
    }

    /// <summary>The target accepted it.</summary>
    public sealed record Accepted : NotificationDelivery;

    /// <summary>A later attempt may succeed.</summary>
    /// <param name="Reason">The reason, as one word.</param>
    /// <param name="Description">The same as text for an operator, without any address's path or query.</param>
    /// <param name="After">How long the target asked to wait before the next attempt; null if it did not.</param>
    public sealed record Deferred(string Reason, string Description, TimeSpan? After = null) : NotificationDelivery;

    /// <summary>The target refused it for good, or its address is blocked.</summary>
    /// <param name="Reason">The dead letter's reason.</param>
    /// <param name="Description">The same as text for an operator, without any address's path or query.</param>
    public sealed record Refused(DeadLetterReason Reason, string Description) : NotificationDelivery;
}
