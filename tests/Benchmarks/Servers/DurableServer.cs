using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using LocalHost.ServiceBus;
using Microsoft.AspNetCore.Builder;
using WebhookFunctions.Messaging;

namespace Benchmarks.Servers;

/// <summary>Server that runs the receive path over the embedded queue by AMQP. The queue writes every event to disk before the webhook is answered.</summary>
internal static class DurableServer
{
    // Messages that are received in one transaction.
    private const int BatchSize = 250;

    /// <summary>Runs the server until its standard input ends.</summary>
    /// <param name="extend">Adds work to the same process; the returned object is disposed before the server stops.</param>
    /// <param name="cancellationToken">Stops the server.</param>
    public static async Task RunAsync(Func<WebApplication, IAsyncDisposable?> extend, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("benchmark-queue-");
        try
        {
            await using var broker = EmbeddedBroker.Open(new BrokerOptions { DataDirectory = directory.FullName, Queues = QueueDefinitions.All });
            await using var amqp = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0 });
            await using var client = new ServiceBusClient(amqp.ConnectionString);
            await using var app = ReceivingServer.Build(client);
            await using var beside = extend(app);
            var enqueued = 0L;
            await ServerHost.ServeAsync(app, async () => enqueued += await DrainAsync(broker, cancellationToken), cancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>Empties the queue, so that every turn begins with an empty one, and returns the number of its messages.</summary>
    private static async Task<long> DrainAsync(EmbeddedBroker broker, CancellationToken cancellationToken)
    {
        for (var count = 0L; ;)
        {
            var messages = await broker.ReceiveAsync(QueueNames.WebhookEvents, BatchSize, TimeSpan.Zero, ReceiveMode.ReceiveAndDelete, cancellationToken);
            if (messages.Count == 0)
            {
                return count;
            }

            count += messages.Count;
        }
    }
}
