namespace WebhookFunctions.Storage.Events;

/// <summary>Sender of the messages of notifications whose rows are written.</summary>
public interface INotificationDispatch
{
    /// <summary>Sends a message for each row. Never throws: what is not sent here, a redelivery or the timer sends.</summary>
    /// <param name="event">The event's row.</param>
    /// <param name="owed">The notifications.</param>
    Task SendAsync(EventRow @event, IReadOnlyList<NotificationRow> owed);
}
