using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Broker;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>The broker over the wire, as the .NET SDK sees it.</summary>
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
    /// Waits for as long as it takes for the messages that the broker itself has available, so that a slow machine fails no test, and looks
    /// only briefly for more.
    /// </summary>
    protected override async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(string queue, int count = 1, ReceiveMode mode = ReceiveMode.PeekLock)
    {
        var counts = await broker!.GetCountsAsync(queue, Cancellation);
        // Locked messages may be deferred ones, too: at least so many are available.
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
