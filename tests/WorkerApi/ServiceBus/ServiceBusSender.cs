#nullable disable

using WorkerApi;

namespace Azure.Messaging.ServiceBus;

/// <summary>Sends messages to a queue or topic. Members call each other as in the real type.</summary>
public class ServiceBusSender : IAsyncDisposable
{
    private readonly ServiceBusConnection _connection;

    internal ServiceBusSender(string entityPath, ServiceBusConnection connection, ServiceBusSenderOptions options)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrWhiteSpace(entityPath);
        connection.ThrowIfClosed();
        _connection = connection;
        EntityPath = entityPath;
        Identifier = ServiceBusConnection.NewIdentifier(options?.Identifier, entityPath);
    }

    /// <summary>For derived types, which override every member they use.</summary>
    protected ServiceBusSender()
    {
    }

    protected ServiceBusSender(ServiceBusClient client, string queueOrTopicName)
        : this(queueOrTopicName, client.Connection, new ServiceBusSenderOptions())
    {
    }

    protected ServiceBusSender(ServiceBusClient client, string queueOrTopicName, ServiceBusSenderOptions options)
        : this(queueOrTopicName, client.Connection, options)
    {
    }

    public virtual string FullyQualifiedNamespace => _connection.FullyQualifiedNamespace;

    public virtual string EntityPath { get; }

    public virtual bool IsClosed { get; private set; }

    public virtual string Identifier { get; }

    public virtual async Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        await SendMessagesAsync(new[] { message }, cancellationToken).ConfigureAwait(false);
    }

    public virtual Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual Task SendMessagesAsync(ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default) =>
        CreateMessageBatchAsync(null, cancellationToken);

    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(
        CreateMessageBatchOptions options, CancellationToken cancellationToken = default) =>
        new(DeclarationOnly.Failed<ServiceBusMessageBatch>());

    /// <summary>The sequence number of the scheduled message.</summary>
    public virtual async Task<long> ScheduleMessageAsync(
        ServiceBusMessage message, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var sequenceNumbers = await ScheduleMessagesAsync(new[] { message }, scheduledEnqueueTime, cancellationToken).ConfigureAwait(false);
        return sequenceNumbers[0];
    }

    public virtual Task<IReadOnlyList<long>> ScheduleMessagesAsync(
        IEnumerable<ServiceBusMessage> messages, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed<IReadOnlyList<long>>();

    public virtual async Task CancelScheduledMessageAsync(long sequenceNumber, CancellationToken cancellationToken = default) =>
        await CancelScheduledMessagesAsync(new[] { sequenceNumber }, cancellationToken).ConfigureAwait(false);

    public virtual Task CancelScheduledMessagesAsync(IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default) =>
        DeclarationOnly.Failed();

    /// <summary>Fails without a client: a derived type that has none must override it, as with the real package.</summary>
    public virtual Task CloseAsync(CancellationToken cancellationToken = default)
    {
        IsClosed = true;
        return _connection is null ? DeclarationOnly.Failed() : Task.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);
}
