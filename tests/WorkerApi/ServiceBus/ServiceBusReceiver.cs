#nullable disable

using System.Runtime.CompilerServices;
using WorkerApi;

namespace Azure.Messaging.ServiceBus;

/// <summary>Receives and settles messages of a queue or subscription. Members call each other as in the real type.</summary>
public class ServiceBusReceiver : IAsyncDisposable
{
    private readonly ServiceBusConnection _connection;
    private readonly ServiceBusReceiverOptions _options;

    internal ServiceBusReceiver(ServiceBusConnection connection, string entityPath, ServiceBusReceiverOptions options)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrWhiteSpace(entityPath);
        connection.ThrowIfClosed();
        options ??= new ServiceBusReceiverOptions();
        _connection = connection;
        _options = options;
        ReceiveMode = options.ReceiveMode;
        Identifier = ServiceBusConnection.NewIdentifier(options.Identifier, entityPath);
        EntityPath = options.SubQueue switch
        {
            SubQueue.DeadLetter => $"{entityPath}/$DeadLetterQueue",
            SubQueue.TransferDeadLetter => $"{entityPath}/$Transfer/$DeadLetterQueue",
            _ => entityPath,
        };
    }

    /// <summary>For derived types, which override every member they use.</summary>
    protected ServiceBusReceiver()
    {
    }

    protected ServiceBusReceiver(ServiceBusClient client, string queueName, ServiceBusReceiverOptions options)
        : this(client?.Connection, queueName, options)
    {
    }

    protected ServiceBusReceiver(ServiceBusClient client, string topicName, string subscriptionName, ServiceBusReceiverOptions options)
        : this(client?.Connection, $"{topicName}/Subscriptions/{subscriptionName}", options)
    {
    }

    public virtual string FullyQualifiedNamespace => _connection.FullyQualifiedNamespace;

    /// <summary>The queue or subscription, with the path of its sub-queue.</summary>
    public virtual string EntityPath { get; }

    public virtual ServiceBusReceiveMode ReceiveMode { get; }

    public virtual int PrefetchCount => _options.PrefetchCount;

    public virtual string Identifier { get; internal set; }

    public virtual bool IsClosed { get; private set; }

    /// <summary>Fails without a client: a derived type that has none must override it, as with the real package.</summary>
    public virtual Task CloseAsync(CancellationToken cancellationToken = default)
    {
        IsClosed = true;
        return _connection is null ? DeclarationOnly.Failed() : Task.CompletedTask;
    }

    /// <summary>An empty list if no message came in time.</summary>
    public virtual Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveMessagesAsync(
        int maxMessages, TimeSpan? maxWaitTime = default, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed<IReadOnlyList<ServiceBusReceivedMessage>>();

    /// <summary>Messages until the token is signalled.</summary>
    public virtual async IAsyncEnumerable<ServiceBusReceivedMessage> ReceiveMessagesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (await ReceiveMessageAsync(cancellationToken: cancellationToken).ConfigureAwait(false) is { } message)
            {
                yield return message;
            }
        }

        throw new TaskCanceledException();
    }

    /// <summary>Null if no message came in time.</summary>
    public virtual async Task<ServiceBusReceivedMessage> ReceiveMessageAsync(
        TimeSpan? maxWaitTime = default, CancellationToken cancellationToken = default)
    {
        var messages = await ReceiveMessagesAsync(maxMessages: 1, maxWaitTime, cancellationToken).ConfigureAwait(false);
        return messages.Count > 0 ? messages[0] : null;
    }

    public virtual Task<ServiceBusReceivedMessage> PeekMessageAsync(
        long? fromSequenceNumber = default, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed<ServiceBusReceivedMessage>();

    public virtual Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = default, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed<IReadOnlyList<ServiceBusReceivedMessage>>();

    public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual Task AbandonMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify = default,
        CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify,
        string deadLetterReason,
        string deadLetterErrorDescription = default,
        CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        string deadLetterReason,
        string deadLetterErrorDescription = default,
        CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual Task DeferMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify = default,
        CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual async Task<ServiceBusReceivedMessage> ReceiveDeferredMessageAsync(
        long sequenceNumber, CancellationToken cancellationToken = default) =>
        (await ReceiveDeferredMessagesAsync(new[] { sequenceNumber }, cancellationToken).ConfigureAwait(false))[0];

    public virtual Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveDeferredMessagesAsync(
        IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed<IReadOnlyList<ServiceBusReceivedMessage>>();

    public virtual Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);
}
