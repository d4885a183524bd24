using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;

namespace LocalHost.ServiceBus;

/// <summary>The SDK's client over the embedded broker. It does not try again by itself, which the SDK's own does.</summary>
internal sealed class EmbeddedServiceBusClient(IServiceBusBroker broker) : ServiceBusClient
{
    private bool _closed;

    public override string FullyQualifiedNamespace => "localhost";

    public override bool IsClosed => _closed;

    public override string Identifier { get; } = $"embedded-{Guid.NewGuid()}";

    public override ServiceBusSender CreateSender(string queueOrTopicName) => CreateSender(queueOrTopicName, new ServiceBusSenderOptions());

    public override ServiceBusSender CreateSender(string queueOrTopicName, ServiceBusSenderOptions options) =>
        new EmbeddedSender(broker, queueOrTopicName, options?.Identifier);

    public override ServiceBusReceiver CreateReceiver(string queueName) => CreateReceiver(queueName, new ServiceBusReceiverOptions());

    public override ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options) =>
        new EmbeddedReceiver(broker, queueName, options ?? new ServiceBusReceiverOptions());

    public override ServiceBusReceiver CreateReceiver(string topicName, string subscriptionName) => throw NoTopics();

    public override ServiceBusReceiver CreateReceiver(string topicName, string subscriptionName, ServiceBusReceiverOptions options) =>
        throw NoTopics();

#pragma warning disable CA2215 // The base would close the connection of a client that has none.
    public override ValueTask DisposeAsync()
    {
        _closed = true;
        return ValueTask.CompletedTask;
    }
#pragma warning restore CA2215

    private static NotSupportedException NoTopics() => new("The embedded broker has queues only.");
}
