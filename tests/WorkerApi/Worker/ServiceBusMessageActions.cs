using Azure.Messaging.ServiceBus;
using WorkerApi;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Settles the message that started a function, by way of the host.</summary>
public class ServiceBusMessageActions
{
    /// <summary>For derived types, which override every member they use.</summary>
    protected ServiceBusMessageActions()
    {
    }

    public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual Task AbandonMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = default,
        CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        Dictionary<string, object>? propertiesToModify = default,
        string? deadLetterReason = default,
        string? deadLetterErrorDescription = default,
        CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual Task DeferMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = default,
        CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();
}
