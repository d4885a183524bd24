using System.Net.NetworkInformation;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Amqp.Security;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Amqp.DotNetSdk;

/// <summary>Bench with a broker in memory that serves one queue over AMQP, and with clients of the .NET SDK.</summary>
internal sealed class SdkBench : IAsyncDisposable
{
    public const string Queue = "queue";
    public const int MaxDeliveries = 3;

    public static readonly TimeSpan LockDuration = TimeSpan.FromMinutes(1);

    /// <summary>How long, in real time, a test waits before it concludes that no message arrives.</summary>
    public static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(200);

    private readonly List<ServiceBusClient> clients = [];
    private readonly EmbeddedBroker broker;
    private readonly AmqpListener listener;

    private SdkBench(Func<QueueOptions, QueueOptions> declare, TimeProvider clock)
    {
        broker = EmbeddedBroker.Open(new BrokerOptions
        {
            Queues = [declare(new QueueOptions { Name = Queue, LockDuration = LockDuration, MaxDeliveryCount = MaxDeliveries })],
            TimeProvider = clock,
        });
        listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0, TimeProvider = clock });
        Client = Connect();
        Sender = Client.CreateSender(Queue);
    }

    public static CancellationToken Cancellation => BoundedTest.Token;

    public ServiceBusClient Client { get; }

    public ServiceBusSender Sender { get; }

    public string ConnectionString => listener.ConnectionString;

    /// <summary>Opens a bench whose broker's clock moves only when it is advanced. It starts at the real time, because the SDK uses the real
    /// clock.</summary>
    /// <param name="clock">The broker's clock, which the test advances.</param>
    /// <param name="declare">Changes how the queue is declared.</param>
    public static SdkBench Open(out FakeTimeProvider clock, Func<QueueOptions, QueueOptions>? declare = null)
    {
        // AMQP carries times in whole milliseconds.
        clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()));
        return new SdkBench(declare ?? (queue => queue), clock);
    }

    /// <inheritdoc cref="Open(out FakeTimeProvider, Func{QueueOptions, QueueOptions}?)"/>
    public static SdkBench Open(Func<QueueOptions, QueueOptions>? declare = null) => Open(out _, declare);

    /// <summary>Opens a bench with the system's clock, for tests of the SDK's own timers.</summary>
    public static SdkBench OpenInRealTime(Func<QueueOptions, QueueOptions> declare) => new(declare, TimeProvider.System);

    /// <summary>Creates another client, which has its own connection.</summary>
    public ServiceBusClient Connect(ServiceBusClientOptions? options = null, string? connectionString = null)
    {
        var client = new ServiceBusClient(connectionString ?? ConnectionString, options ?? new ServiceBusClientOptions());
        clients.Add(client);
        return client;
    }

    public ServiceBusReceiver Receiver(ServiceBusReceiveMode mode = ServiceBusReceiveMode.PeekLock, SubQueue from = SubQueue.None, int prefetch = 0) =>
        Client.CreateReceiver(Queue, new ServiceBusReceiverOptions { ReceiveMode = mode, SubQueue = from, PrefetchCount = prefetch });

    public Task SendAsync(params IEnumerable<string> bodies) =>
        Sender.SendMessagesAsync(bodies.Select(body => new ServiceBusMessage(body)), Cancellation);

    public Task<QueueCounts> CountsAsync() => broker.GetCountsAsync(Queue, Cancellation);

    /// <summary>Returns a connection string with a token instead of the key.</summary>
    public string TokenConnectionString(DateTimeOffset expiresAt)
    {
        var token = SasToken.Create(SharedAccessKey.Emulator, $"sb://localhost/{Queue}", expiresAt);
        return $"Endpoint=sb://localhost:{listener.Port};SharedAccessSignature={token};UseDevelopmentEmulator=true;";
    }

    /// <summary>Returns the client ports of the open connections.</summary>
    public IReadOnlyList<int> ConnectedPorts() =>
    [
        .. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
            .Where(connection => connection.LocalEndPoint.Port == listener.Port && connection.State == TcpState.Established)
            .Select(connection => connection.RemoteEndPoint.Port)
            .Order(),
    ];

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
        await listener.DisposeAsync();
        await broker.DisposeAsync();
    }
}
