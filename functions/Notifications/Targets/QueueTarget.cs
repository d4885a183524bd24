using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Notifications.Targets;

/// <summary>Target that is queue <c>job-results</c>, for the user's own consumers. The broker drops a second message with the same id within its
/// duplicate detection window.</summary>
internal sealed class QueueTarget(QueueSenders senders) : INotificationTarget
{
    public string Name => NotifySettings.QueueTarget;

    public async Task<NotificationDelivery> SendAsync(Notification notification, CancellationToken cancellationToken)
    {
        var message = new ServiceBusMessage(BinaryData.FromBytes(notification.ToJson()))
        {
            MessageId = notification.Id,
            ContentType = Notification.MediaType,
            Subject = notification.Type,
            ApplicationProperties = { [MessageProperties.Provider] = notification.Source, ["type"] = notification.Type },
        };
        try
        {
            await senders.Results.SendMessageAsync(message, cancellationToken);
            return new NotificationDelivery.Accepted();
        }
        catch (ServiceBusException exception) when (exception.Reason == ServiceBusFailureReason.MessageSizeExceeded)
        {
            return new NotificationDelivery.Refused(DeadLetterReason.TooLarge, $"Queue {QueueNames.JobResults} accepts no message of {message.Body.ToMemory().Length} bytes.");
        }
        catch (Exception exception) when (exception is ServiceBusException or TimeoutException or UnauthorizedAccessException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new NotificationDelivery.Deferred("Broker", $"Queue {QueueNames.JobResults} could not be reached ({LoggedException.ReasonOf(exception)}).");
        }
    }
}
