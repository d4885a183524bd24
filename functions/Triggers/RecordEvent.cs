using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Messaging;
using WebhookFunctions.Recording;

namespace WebhookFunctions.Triggers;

/// <summary>Function that records events from their queue in the tables.</summary>
public sealed class RecordEvent(EventRecorder recorder, MessageSettlement settlement)
{
    [Function(nameof(RecordEvent))]
    public Task RunAsync(
        [ServiceBusTrigger(QueueNames.WebhookEvents, Connection = QueueNames.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        settlement.RunAsync(
            QueueNames.WebhookEvents, message, actions, EventMessage.Read, read => recorder.ProcessAsync(read, MessageDelivery.From(message), cancellationToken));
}
