namespace WebhookFunctions.Storage.Events;

/// <summary>Sender of the messages of notifications that have rows.</summary>
public interface INotificationDispatch
{
    /// <summary>Sends a message for each row. Never throws: a redelivery or maintenance sends the messages that could not be sent.</summary>
    /// <param name="event">The event's row.</param>
    /// <param name="owed">The notifications.</param>
    Task SendAsync(EventRow @event, IReadOnlyList<NotificationRow> owed);
}
