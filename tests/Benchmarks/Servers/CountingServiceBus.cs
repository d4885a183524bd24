using Azure.Messaging.ServiceBus;

namespace Benchmarks.Servers;

/// <summary>A queue that takes every message at once, counts it and forgets it.</summary>
internal sealed class CountingServiceBus : ServiceBusClient
{
    private long _kept;

    /// <summary>How many messages it took.</summary>
    public long Kept => Interlocked.Read(ref _kept);

    public override ServiceBusSender CreateSender(string queueOrTopicName) => new Sender(this);

    private sealed class Sender(CountingServiceBus queue) : ServiceBusSender
    {
        public override Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref queue._kept);
            return Task.CompletedTask;
        }
    }
}
