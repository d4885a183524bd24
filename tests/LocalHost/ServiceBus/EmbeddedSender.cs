using System.Runtime.CompilerServices;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Content;

namespace LocalHost.ServiceBus;

/// <summary>The SDK's sender over the embedded broker.</summary>
internal sealed class EmbeddedSender(IServiceBusBroker broker, string entityPath, string? identifier) : ServiceBusSender
{
    // A batch does not tell what is in it to anyone but its maker.
    private readonly ConditionalWeakTable<ServiceBusMessageBatch, List<ServiceBusMessage>> _batches = [];
    private bool _closed;

    public override string FullyQualifiedNamespace => "localhost";

    public override string EntityPath => entityPath;

    public override bool IsClosed => _closed;

    public override string Identifier { get; } = identifier ?? $"{entityPath}-{Guid.NewGuid()}";

    public override Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendMessagesAsync([message], cancellationToken);
    }

    public override async Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        await BrokerCall.RunAsync(
            entityPath, () => broker.SendAsync(entityPath, [.. messages.Select(MessageTranslation.ToBroker)], cancellationToken));
    }

    public override Task SendMessagesAsync(ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messageBatch);
        return _batches.TryGetValue(messageBatch, out var messages)
            ? SendMessagesAsync(messages, cancellationToken)
            : throw new InvalidOperationException("The batch was made by another sender.");
    }

    public override ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default) =>
        CreateMessageBatchAsync(new CreateMessageBatchOptions(), cancellationToken);

    public override async ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(
        CreateMessageBatchOptions options, CancellationToken cancellationToken = default)
    {
        // The SDK learns the limit from the broker, so it fails here already where the broker is away or has no such queue.
        await BrokerCall.RunAsync(entityPath, () => broker.PeekAsync(entityPath, long.MaxValue, maxMessages: 1, cancellationToken));
        var limit = options?.MaxSizeInBytes ?? QueueOptions.StandardMaxMessageBytes;
        var messages = new List<ServiceBusMessage>();
        long size = 0;
        var batch = ServiceBusModelFactory.ServiceBusMessageBatch(
            batchSizeBytes: 0,
            messages,
            new CreateMessageBatchOptions { MaxSizeInBytes = limit },
            message =>
            {
                var grown = size + AmqpSize.Of(message.ToBroker()) + AmqpSize.BatchEntryOverhead;
                if (grown > limit)
                {
                    return false;
                }

                size = grown;
                return true;
            });
        _batches.Add(batch, messages);
        return batch;
    }

    public override async Task<long> ScheduleMessageAsync(
        ServiceBusMessage message, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return (await ScheduleMessagesAsync([message], scheduledEnqueueTime, cancellationToken))[0];
    }

    public override Task<IReadOnlyList<long>> ScheduleMessagesAsync(
        IEnumerable<ServiceBusMessage> messages, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return BrokerCall.RunAsync(
            entityPath,
            () => broker.ScheduleAsync(
                entityPath, [.. messages.Select(MessageTranslation.ToBroker)], scheduledEnqueueTime.ToUniversalTime(), cancellationToken));
    }

    public override Task CancelScheduledMessageAsync(long sequenceNumber, CancellationToken cancellationToken = default) =>
        CancelScheduledMessagesAsync([sequenceNumber], cancellationToken);

    public override Task CancelScheduledMessagesAsync(IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sequenceNumbers);
        return BrokerCall.RunAsync(entityPath, () => broker.CancelScheduledAsync(entityPath, [.. sequenceNumbers], cancellationToken));
    }

    public override Task CloseAsync(CancellationToken cancellationToken = default)
    {
        _closed = true;
        return Task.CompletedTask;
    }
}
