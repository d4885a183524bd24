using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Broker;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>Tests that the broker behaves the same over AMQP, with the .NET SDK as the client.</summary>
public sealed class AmqpBrokerTests : BrokerSuite
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private EmbeddedBroker? broker;
    private AmqpListener? listener;

    protected override DateTimeOffset Now => clock.GetUtcNow();

    protected override Task<IServiceBusBroker> OpenAsync()
    {
        broker = EmbeddedBroker.Open(new BrokerOptions { Queues = Queues, TimeProvider = clock });
        listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0, TimeProvider = clock });
        return Task.FromResult<IServiceBusBroker>(new SdkBroker(listener.ConnectionString, clock));
    }

    protected override async ValueTask CloseAsync()
    {
        await listener!.DisposeAsync();
        await broker!.DisposeAsync();
    }

    protected override void Advance(TimeSpan time) => clock.Advance(time);

    /// <summary>
    /// Receives messages. Waits without a limit for those that the broker has available, so that no test fails on a slow machine, and only briefly for
    /// more.
    /// </summary>
    protected override async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(string queue, int count = 1, ReceiveMode mode = ReceiveMode.PeekLock)
    {
        var counts = await broker!.GetCountsAsync(queue, Cancellation);
        // Some of the locked messages may be deferred ones, so this is a lower bound.
        var expected = Math.Clamp(counts.Active - counts.Locked, 0, count);
        var received = new List<ReceivedMessage>();
        while (received.Count < expected)
        {
            received.AddRange(await Broker.ReceiveAsync(
                queue, (int)expected - received.Count, Timeout.InfiniteTimeSpan, mode, Cancellation));
        }

        if (received.Count < count)
            received.AddRange(await Broker.ReceiveAsync(queue, count - received.Count, TimeSpan.Zero, mode, Cancellation));
        return received;
    }
}
