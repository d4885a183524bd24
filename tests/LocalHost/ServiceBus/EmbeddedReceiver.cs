using System.Runtime.CompilerServices;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;

namespace LocalHost.ServiceBus;

/// <summary>The SDK's receiver over the embedded broker, of a queue or of its dead letters.</summary>
internal sealed class EmbeddedReceiver(IServiceBusBroker broker, string queueName, ServiceBusReceiverOptions options) : ServiceBusReceiver
{
    // The SDK's own, where the caller names none: one attempt's time.
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(1);

    private readonly string _identifier = options.Identifier ?? $"{queueName}-{Guid.NewGuid()}";
    private long _peekFrom;
    private bool _closed;

    public override string FullyQualifiedNamespace => "localhost";

    public override string EntityPath { get; } =
        options.SubQueue == SubQueue.DeadLetter ? $"{queueName}/$DeadLetterQueue" : queueName;

    public override ServiceBusReceiveMode ReceiveMode => options.ReceiveMode;

    public override int PrefetchCount => options.PrefetchCount;

    public override string Identifier => _identifier;

    public override bool IsClosed => _closed;

    private ReceiveMode Mode =>
        options.ReceiveMode == ServiceBusReceiveMode.PeekLock ? EmbeddedServiceBus.ReceiveMode.PeekLock : EmbeddedServiceBus.ReceiveMode.ReceiveAndDelete;

    public override async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveMessagesAsync(
        int maxMessages, TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default) =>
        (await CallAsync(() => broker.ReceiveAsync(EntityPath, maxMessages, maxWaitTime ?? DefaultWait, Mode, cancellationToken))).ToReceived();

    public override async IAsyncEnumerable<ServiceBusReceivedMessage> ReceiveMessagesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var message in await ReceiveMessagesAsync(maxMessages: 1, maxWaitTime: null, cancellationToken))
            {
                yield return message;
            }
        }
    }

    public override async Task<ServiceBusReceivedMessage> ReceiveMessageAsync(
        TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default) =>
        First(await ReceiveMessagesAsync(maxMessages: 1, maxWaitTime, cancellationToken))!;

    public override async Task<ServiceBusReceivedMessage> PeekMessageAsync(
        long? fromSequenceNumber = null, CancellationToken cancellationToken = default) =>
        First(await PeekMessagesAsync(maxMessages: 1, fromSequenceNumber, cancellationToken))!;

    /// <summary>Goes on from where the last peek ended, where no number is named.</summary>
    public override async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = null, CancellationToken cancellationToken = default)
    {
        var messages = await CallAsync(() => broker.PeekAsync(EntityPath, fromSequenceNumber ?? _peekFrom, maxMessages, cancellationToken));
        if (messages.Count > 0)
        {
            _peekFrom = messages[^1].SequenceNumber + 1;
        }

        return messages.ToReceived();
    }

    public override Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        CallAsync(() => broker.CompleteAsync(EntityPath, message.LockTokenGuid(), cancellationToken));

    public override Task AbandonMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        CallAsync(() => broker.AbandonAsync(EntityPath, message.LockTokenGuid(), propertiesToModify.ToBroker(), cancellationToken));

    public override Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        DeadLetterMessageAsync(message, propertiesToModify, deadLetterReason: null, deadLetterErrorDescription: null, cancellationToken);

    public override Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        string? deadLetterReason,
        string? deadLetterErrorDescription = null,
        CancellationToken cancellationToken = default) =>
        DeadLetterMessageAsync(message, propertiesToModify: null, deadLetterReason, deadLetterErrorDescription, cancellationToken);

    public override Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify,
        string? deadLetterReason,
        string? deadLetterErrorDescription = null,
        CancellationToken cancellationToken = default) =>
        CallAsync(() => broker.DeadLetterAsync(
            EntityPath, message.LockTokenGuid(), deadLetterReason, deadLetterErrorDescription, propertiesToModify.ToBroker(), cancellationToken));

    public override Task DeferMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        CallAsync(() => broker.DeferAsync(EntityPath, message.LockTokenGuid(), propertiesToModify.ToBroker(), cancellationToken));

    public override async Task<ServiceBusReceivedMessage> ReceiveDeferredMessageAsync(
        long sequenceNumber, CancellationToken cancellationToken = default) =>
        (await ReceiveDeferredMessagesAsync([sequenceNumber], cancellationToken))[0];

    public override async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveDeferredMessagesAsync(
        IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default) =>
        (await CallAsync(() => broker.ReceiveDeferredAsync(EntityPath, [.. sequenceNumbers], Mode, cancellationToken))).ToReceived();

    /// <summary>Starts the lock anew. The message keeps saying its first time: only the SDK can change it.</summary>
    public override Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        CallAsync(() => broker.RenewLockAsync(EntityPath, message.LockTokenGuid(), cancellationToken));

    public override Task CloseAsync(CancellationToken cancellationToken = default)
    {
        _closed = true;
        return Task.CompletedTask;
    }

    private static ServiceBusReceivedMessage? First(IReadOnlyList<ServiceBusReceivedMessage> messages) => messages.Count > 0 ? messages[0] : null;

    private Task CallAsync(Func<Task> call) => BrokerCall.RunAsync(EntityPath, call);

    private Task<T> CallAsync<T>(Func<Task<T>> call) => BrokerCall.RunAsync(EntityPath, call);
}
