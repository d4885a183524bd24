using System.Net;
using Azure;
using Azure.Identity;
using Azure.Messaging;
using Azure.Messaging.EventGrid;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Notifications.Targets;

/// <summary>Target that is an Event Grid custom topic with the CloudEvents schema.</summary>
internal sealed class EventGridTarget(EventGridPublisherClient client) : INotificationTarget
{
    public string Name => NotifySettings.EventGridTarget;

    public async Task<NotificationDelivery> SendAsync(Notification notification, CancellationToken cancellationToken)
    {
        var published = new CloudEvent(
            notification.Source,
            notification.Type,
            BinaryData.FromBytes(notification.DataToJson()),
            notification.Datacontenttype,
            CloudEventDataFormat.Json)
        {
            Id = notification.Id,
            Subject = notification.Subject,
            Time = notification.Time,
            DataSchema = notification.Dataschema,
        };
        try
        {
            await client.SendEventAsync(published, cancellationToken);
            return new NotificationDelivery.Accepted();
        }
        catch (RequestFailedException exception) when (exception.Status is 400 or 413)
        {
            return new NotificationDelivery.Refused(DeadLetterReason.Refused, $"The Event Grid topic answered {LoggedException.ReasonOf(exception)}.");
        }
        catch (Exception exception) when (exception is RequestFailedException or AuthenticationFailedException or AggregateException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // 401, 403 and 404 are retried too, because a role, a key or the topic itself may not exist yet.
            var reason = exception is RequestFailedException { Status: var status } && ((HttpStatusCode)status).IsTransient() ? "Busy" : "Unreachable";
            return new NotificationDelivery.Deferred(reason, $"The Event Grid topic could not be used ({LoggedException.ReasonOf(exception)}).");
        }
    }
}
