using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Amqp.Client;
using EmbeddedServiceBus.Amqp.Security;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;
using WebhookFunctions.Tests.Broker;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>The broker over the wire, by a client on AMQPNetLite.</summary>
public sealed class AmqpBrokerTests : BrokerSuite
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private EmbeddedBroker? broker;
    private AmqpListener? listener;

    protected override DateTimeOffset Now => clock.GetUtcNow();

    protected override async Task<IServiceBusBroker> OpenAsync()
    {
        broker = EmbeddedBroker.Open(new BrokerOptions { Queues = Queues, TimeProvider = clock });
        listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0, TimeProvider = clock });
        return await AmqpBrokerClient.ConnectAsync(listener.Port, SharedAccessKey.Emulator, clock, Cancellation);
    }

    protected override async ValueTask CloseAsync()
    {
        await listener!.DisposeAsync();
        await broker!.DisposeAsync();
    }

    protected override void Advance(TimeSpan time) => clock.Advance(time);
}
