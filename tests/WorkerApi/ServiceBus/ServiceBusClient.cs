#nullable disable

using Azure.Core;

namespace Azure.Messaging.ServiceBus;

/// <summary>Makes senders and receivers for a Service Bus namespace.</summary>
public class ServiceBusClient : IAsyncDisposable
{
    /// <summary>For derived types, which override every member they use.</summary>
    protected ServiceBusClient()
    {
    }

    public ServiceBusClient(string connectionString)
        : this(connectionString, new ServiceBusClientOptions())
    {
    }

    /// <exception cref="FormatException">The connection string is malformed.</exception>
    /// <exception cref="ArgumentException">The connection string lacks the endpoint or the key.</exception>
    public ServiceBusClient(string connectionString, ServiceBusClientOptions options)
        : this(ServiceBusConnectionStringProperties.Parse(connectionString).Connect(), options)
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential)
        : this(fullyQualifiedNamespace, credential, new ServiceBusClientOptions())
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential, ServiceBusClientOptions options)
        : this(Connect(fullyQualifiedNamespace, credential), options)
    {
    }

    public ServiceBusClient(
        string fullyQualifiedNamespace, AzureNamedKeyCredential credential, ServiceBusClientOptions options = default)
        : this(Connect(fullyQualifiedNamespace, credential), options)
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, AzureSasCredential credential, ServiceBusClientOptions options = default)
        : this(Connect(fullyQualifiedNamespace, credential), options)
    {
    }

    private ServiceBusClient(ServiceBusConnection connection, ServiceBusClientOptions options)
    {
        Connection = connection;
        TransportType = options?.TransportType ?? ServiceBusTransportType.AmqpTcp;
        Identifier = ServiceBusConnection.NewIdentifier(options?.Identifier, connection.FullyQualifiedNamespace);
    }

    public virtual string FullyQualifiedNamespace => Connection.FullyQualifiedNamespace;

    public virtual bool IsClosed { get; private set; }

    public ServiceBusTransportType TransportType { get; }

    public virtual string Identifier { get; }

    internal ServiceBusConnection Connection { get; }

    public virtual ServiceBusSender CreateSender(string queueOrTopicName) =>
        CreateSender(Known(queueOrTopicName), new ServiceBusSenderOptions());

    public virtual ServiceBusSender CreateSender(string queueOrTopicName, ServiceBusSenderOptions options) =>
        new(Known(queueOrTopicName), Connection, options);

    public virtual ServiceBusReceiver CreateReceiver(string queueName) =>
        CreateReceiver(queueName, new ServiceBusReceiverOptions());

    public virtual ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options) =>
        new(Connection, Known(queueName), options);

    public virtual ServiceBusReceiver CreateReceiver(string topicName, string subscriptionName) =>
        CreateReceiver(topicName, subscriptionName, new ServiceBusReceiverOptions());

    public virtual ServiceBusReceiver CreateReceiver(string topicName, string subscriptionName, ServiceBusReceiverOptions options) =>
        new(Connection, $"{Known(topicName)}/Subscriptions/{subscriptionName}", options);

    public virtual ValueTask DisposeAsync()
    {
        IsClosed = true;
        return ValueTask.CompletedTask;
    }

    private static ServiceBusConnection Connect(string fullyQualifiedNamespace, object credential)
    {
        ArgumentException.ThrowIfNullOrEmpty(fullyQualifiedNamespace);
        ArgumentNullException.ThrowIfNull(credential);
        return new ServiceBusConnection(fullyQualifiedNamespace, entityPath: null);
    }

    /// <summary>A connection string that names an entity is for that one only.</summary>
    private string Known(string entityName) =>
        string.IsNullOrEmpty(Connection.EntityPath)
        || string.Equals(entityName, Connection.EntityPath, StringComparison.OrdinalIgnoreCase)
            ? entityName
            : throw new ArgumentException($"The connection string is for '{Connection.EntityPath}' and for no other entity.");
}
