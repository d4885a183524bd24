using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using LocalHost.ServiceBus;
using Microsoft.AspNetCore.Builder;
using WebhookFunctions.Messaging;

namespace Benchmarks.Servers;

/// <summary>The receive path over the embedded queue, by AMQP; the queue has every event on disk before it is answered.</summary>
internal static class DurableServer
{
    // Messages that are taken out of the queue in one transaction.
    private const int AtOnce = 250;

    /// <summary>Runs it.</summary>
    /// <param name="extend">Adds what runs beside it in the same process, and is ended before it.</param>
    /// <param name="cancellationToken">Ends it.</param>
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
            var taken = 0L;
            await ServerHost.ServeAsync(app, async () => taken += await TakeAllAsync(broker, cancellationToken), cancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>Takes what is in the queue, so that every turn begins with an empty one: what was kept is counted by what is there.</summary>
    private static async Task<long> TakeAllAsync(EmbeddedBroker broker, CancellationToken cancellationToken)
    {
        for (var count = 0L; ;)
        {
            var messages = await broker.ReceiveAsync(QueueNames.WebhookEvents, AtOnce, TimeSpan.Zero, ReceiveMode.ReceiveAndDelete, cancellationToken);
            if (messages.Count == 0)
            {
                return count;
            }

            count += messages.Count;
        }
    }
}
