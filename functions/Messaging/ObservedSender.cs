using Azure.Messaging.ServiceBus;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Messaging;

/// <summary>Sender that records in <see cref="OutageLog"/> which sends succeed and which find the broker unavailable.</summary>
internal sealed class ObservedSender(ServiceBusSender sender, OutageLog outage) : ServiceBusSender
{
    public override string EntityPath => sender.EntityPath;

    public override string FullyQualifiedNamespace => sender.FullyQualifiedNamespace;

    public override bool IsClosed => sender.IsClosed;

    public override ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default) =>
        sender.CreateMessageBatchAsync(cancellationToken);

    public override ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CreateMessageBatchOptions options, CancellationToken cancellationToken = default) =>
        sender.CreateMessageBatchAsync(options, cancellationToken);

    public override Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default) =>
        ObserveAsync(sender.SendMessageAsync(message, cancellationToken));

    public override Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default) =>
        ObserveAsync(sender.SendMessagesAsync(messages, cancellationToken));

    public override Task SendMessagesAsync(ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default) =>
        ObserveAsync(sender.SendMessagesAsync(messageBatch, cancellationToken));

    public override Task CloseAsync(CancellationToken cancellationToken = default) => sender.CloseAsync(cancellationToken);

    private async Task ObserveAsync(Task sending)
    {
        try
        {
            await sending;
        }
        catch (Exception exception) when (BrokerErrors.IsTransient(exception))
        {
            outage.Failed(LoggedException.ReasonOf(exception));
            throw;
        }

        outage.Succeeded();
    }
}
