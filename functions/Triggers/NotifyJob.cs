using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Messaging;
using WebhookFunctions.Notifications;

namespace WebhookFunctions.Triggers;

/// <summary>Function that delivers notifications of finished jobs to the user's own systems.</summary>
public sealed class NotifyJob(NotificationProcessor notifications, MessageSettlement settlement)
{
    [Function(nameof(NotifyJob))]
    public Task RunAsync(
        [ServiceBusTrigger(QueueNames.JobNotifications, Connection = QueueNames.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        settlement.RunAsync(
            QueueNames.JobNotifications, message, actions, NotificationMessage.Read, read => notifications.ProcessAsync(read, cancellationToken));
}
