using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using Microsoft.Azure.Functions.Worker;

namespace LocalHost.ServiceBus;

/// <summary>Settles messages of one queue for the function that they started.</summary>
internal sealed class EmbeddedMessageActions(IServiceBusBroker broker, string queueName) : ServiceBusMessageActions
{
    private readonly ConcurrentDictionary<Guid, bool> _settled = [];

    /// <summary>Whether the function itself has settled the message.</summary>
    public bool HasSettled(ServiceBusReceivedMessage message) => _settled.ContainsKey(message.LockTokenGuid());

    public override Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        SettleAsync(message, token => broker.CompleteAsync(queueName, token, cancellationToken));

    public override Task AbandonMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        SettleAsync(message, token => broker.AbandonAsync(queueName, token, propertiesToModify.ToBroker(), cancellationToken));

    public override Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        Dictionary<string, object>? propertiesToModify = null,
        string? deadLetterReason = null,
        string? deadLetterErrorDescription = null,
        CancellationToken cancellationToken = default) =>
        SettleAsync(
            message,
            token => broker.DeadLetterAsync(
                queueName, token, deadLetterReason, deadLetterErrorDescription, propertiesToModify.ToBroker(), cancellationToken));

    public override Task DeferMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        SettleAsync(message, token => broker.DeferAsync(queueName, token, propertiesToModify.ToBroker(), cancellationToken));

    public override Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        BrokerCall.RunAsync(queueName, () => broker.RenewLockAsync(queueName, message.LockTokenGuid(), cancellationToken));

    private async Task SettleAsync(ServiceBusReceivedMessage message, Func<Guid, Task> settle)
    {
        var token = message.LockTokenGuid();
        await BrokerCall.RunAsync(queueName, () => settle(token));
        _settled[token] = true;
    }
}
