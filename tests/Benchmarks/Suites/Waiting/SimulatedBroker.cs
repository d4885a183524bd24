using Azure.Messaging.ServiceBus;

namespace Benchmarks.Suites.Waiting;

/// <summary>Client whose senders hand each message to <paramref name="send"/>, and whose receivers peek with <paramref name="peek"/>.</summary>
internal sealed class SimulatedBroker(
    Func<ServiceBusMessage, Task> send, Func<int, long, Task<IReadOnlyList<ServiceBusReceivedMessage>>> peek) : ServiceBusClient
{
    public override ServiceBusSender CreateSender(string queueOrTopicName) => new Sender(send);

    public override ServiceBusReceiver CreateReceiver(string queueName) => new Receiver(peek);

    private sealed class Sender(Func<ServiceBusMessage, Task> send) : ServiceBusSender
    {
        public override Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default) => send(message);
    }

    private sealed class Receiver(Func<int, long, Task<IReadOnlyList<ServiceBusReceivedMessage>>> peek) : ServiceBusReceiver
    {
        public override Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
            int maxMessages, long? fromSequenceNumber = null, CancellationToken cancellationToken = default) => peek(maxMessages, fromSequenceNumber ?? 0);

        public override Task CloseAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
