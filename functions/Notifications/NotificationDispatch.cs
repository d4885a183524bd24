using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Notifications;

/// <summary>Sender of the messages of notifications whose rows are written, to queue <c>job-notifications</c>.</summary>
public sealed partial class NotificationDispatch(QueueSenders senders, ILogger<NotificationDispatch> logger) : INotificationDispatch
{
    public async Task SendAsync(EventRow @event, IReadOnlyList<NotificationRow> owed)
    {
        try
        {
            using var span = WebhookTracing.StartSend(QueueNames.JobNotifications);
            await QueueSenders.SendAllAsync(senders.Notifications, owed.Select(row => MessageOf(@event, row).ToMessage()), CancellationToken.None);
        }
        catch (Exception exception) when (exception is ServiceBusException or OperationCanceledException or TimeoutException or UnauthorizedAccessException)
        {
            Log.NotSent(logger, @event.PartitionKey, LoggedException.From(exception));
        }
    }

    /// <summary>Returns the message of a notification's next attempt.</summary>
    public static NotificationMessage MessageOf(EventRow @event, NotificationRow row) => new()
    {
        Event = @event.ToKey(),
        Row = row.RowKey,
        JobId = @event.JobId,
        NotificationId = row.NotificationId,
        Target = row.Target,
        Attempt = row.Attempts,
        Reopenings = row.Reopenings,
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}: cannot enqueue its notifications; a redelivery or the next maintenance run enqueues them")]
        public static partial void NotSent(ILogger logger, string @event, LoggedException exception);
    }
}
