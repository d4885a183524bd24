#nullable disable

using Azure.Core;
using WorkerApi;

namespace Azure.Messaging.ServiceBus;

/// <summary>Makes senders and receivers for a Service Bus namespace.</summary>
public class ServiceBusClient : IAsyncDisposable
{
    /// <summary>For derived types, which override every member they use.</summary>
    protected ServiceBusClient()
    {
    }

    public ServiceBusClient(string connectionString)
        : this(connectionString, null as ServiceBusClientOptions)
    {
    }

    /// <exception cref="FormatException">The connection string is malformed.</exception>
    /// <exception cref="ArgumentException">The connection string lacks the endpoint or the key.</exception>
    public ServiceBusClient(string connectionString, ServiceBusClientOptions options)
        : this(ServiceBusConnectionStringProperties.Parse(connectionString).Connect(), options)
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential)
        : this(fullyQualifiedNamespace, credential, null)
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
        if (options is { WebProxy: not null, TransportType: not ServiceBusTransportType.AmqpWebSockets })
        {
            throw new ArgumentException("A proxy is for web sockets only.", nameof(options));
        }

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
        CreateSender(queueOrTopicName, null);

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

    /// <summary>Fails in a derived type that was made without a connection: it must override this, as with the real package.</summary>
    public virtual ValueTask DisposeAsync()
    {
        IsClosed = true;
        if (Connection is null)
        {
            return new ValueTask(DeclarationOnly.Failed());
        }

        Connection.IsClosed = true;
        return ValueTask.CompletedTask;
    }

    /// <summary>A namespace may be given as an absolute URI too, of which the host counts.</summary>
    private static ServiceBusConnection Connect(string fullyQualifiedNamespace, object credential)
    {
        var host = Uri.TryCreate(fullyQualifiedNamespace, UriKind.Absolute, out var uri) ? uri.Host : fullyQualifiedNamespace;
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            throw new ArgumentException("The namespace is no host name.", nameof(fullyQualifiedNamespace));
        }

        return credential is null
            ? throw new ArgumentException("A credential is missing.", nameof(credential))
            : new ServiceBusConnection(host, entityPath: null);
    }

    /// <summary>A connection string that names an entity is for that one only.</summary>
    private string Known(string entityName) =>
        string.IsNullOrEmpty(Connection.EntityPath)
        || string.Equals(entityName, Connection.EntityPath, StringComparison.InvariantCultureIgnoreCase)
            ? entityName
            : throw new ArgumentException($"The connection string is for '{Connection.EntityPath}' and for no other entity.");
}
