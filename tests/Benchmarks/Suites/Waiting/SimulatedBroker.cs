using Azure.Messaging.ServiceBus;

namespace Benchmarks.Suites.Waiting;

/// <summary>Client whose senders hand each message to <paramref name="send"/>.</summary>
internal sealed class SimulatedBroker(Func<ServiceBusMessage, Task> send) : ServiceBusClient
{
    public override ServiceBusSender CreateSender(string queueOrTopicName) => new Sender(send);

    private sealed class Sender(Func<ServiceBusMessage, Task> send) : ServiceBusSender
    {
        public override Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default) => send(message);
    }
}
