using WebhookFunctions.Model;

namespace WebhookFunctions.Notifications.Targets;

/// <summary>A system of the user's own that gets notifications.</summary>
public interface INotificationTarget
{
    /// <summary>The target's name, which is part of the keys of its rows.</summary>
    string Name { get; }

    /// <summary>Makes one attempt. Throws for <paramref name="cancellationToken"/> only.</summary>
    Task<NotificationDelivery> SendAsync(Notification notification, CancellationToken cancellationToken);
}

/// <summary>What came of one attempt at a notification.</summary>
public abstract record NotificationDelivery
{
    private NotificationDelivery()
    {
    }

    /// <summary>The target accepted it.</summary>
    public sealed record Accepted : NotificationDelivery;

    /// <summary>A later attempt may succeed.</summary>
    /// <param name="Reason">One word.</param>
    /// <param name="Description">The same in words for a person, without any address's path or query.</param>
    /// <param name="After">How long the target asked to be left alone; null where it did not.</param>
    public sealed record Deferred(string Reason, string Description, TimeSpan? After = null) : NotificationDelivery;

    /// <summary>The target refuses it for good, or must not be asked.</summary>
    /// <param name="Reason">The dead letter's reason.</param>
    /// <param name="Description">The same in words for a person, without any address's path or query.</param>
    public sealed record Refused(DeadLetterReason Reason, string Description) : NotificationDelivery;
}
