using Azure.Messaging.ServiceBus;

namespace Benchmarks.Servers;

/// <summary>Client whose senders count each message and discard it.</summary>
internal sealed class CountingServiceBus : ServiceBusClient
{
    private long _count;

    /// <summary>Gets the number of messages that were sent.</summary>
    public long Count => Interlocked.Read(ref _count);

    public override ServiceBusSender CreateSender(string queueOrTopicName) => new Sender(this);

    private sealed class Sender(CountingServiceBus queue) : ServiceBusSender
    {
        public override Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref queue._count);
            return Task.CompletedTask;
        }
    }
}
