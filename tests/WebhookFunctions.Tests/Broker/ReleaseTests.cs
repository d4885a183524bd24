using EmbeddedServiceBus;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Broker;

/// <summary>Tests of the release of a lock without counting a delivery, which only a protocol's listener can request.</summary>
public sealed class ReleaseTests : IAsyncLifetime
{
    private const string Queue = "queue";
    private const string DeadLetters = "queue/$deadletterqueue";
    private const int MaxDeliveries = 3;
    private static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private EmbeddedBroker broker = null!;

    private static CancellationToken Cancellation => BoundedTest.Token;

    public ValueTask InitializeAsync()
    {
        broker = EmbeddedBroker.Open(new BrokerOptions
        {
            Queues = [new QueueOptions { Name = Queue, MaxDeliveryCount = MaxDeliveries, DefaultTimeToLive = TimeToLive, DeadLetterOnExpiry = true }],
            TimeProvider = clock,
        });
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => broker.DisposeAsync();

    [Fact]
    public async Task A_released_message_is_available_at_once_and_no_delivery_is_counted()
    {
        await broker.SendAsync(Queue, [new BrokerMessage()], Cancellation);
        for (var i = 0; i < 2 * MaxDeliveries; i++)
        {
            var message = await ReceiveAsync(Queue);
            Assert.Equal(1, message.DeliveryCount);
            await broker.ReleaseAsync(Queue, message.LockToken!.Value, Cancellation);
        }

        var counts = await broker.GetCountsAsync(Queue, Cancellation);
        Assert.Equal((1, 0, 0), (counts.Active, counts.Locked, counts.DeadLetters));
    }

    [Fact]
    public async Task A_release_does_not_reset_the_delivery_count()
    {
        await broker.SendAsync(Queue, [new BrokerMessage()], Cancellation);
        await broker.AbandonAsync(Queue, (await ReceiveAsync(Queue)).LockToken!.Value, cancellationToken: Cancellation);

        await broker.ReleaseAsync(Queue, (await ReceiveAsync(Queue)).LockToken!.Value, Cancellation);

        Assert.Equal(2, (await ReceiveAsync(Queue)).DeliveryCount);
    }

    [Fact]
    public async Task A_waiting_receiver_gets_a_released_message()
    {
        await broker.SendAsync(Queue, [new BrokerMessage()], Cancellation);
        var held = await ReceiveAsync(Queue);
        var waiting = broker.ReceiveAsync(Queue, 1, Timeout.InfiniteTimeSpan, ReceiveMode.PeekLock, Cancellation);

        await broker.ReleaseAsync(Queue, held.LockToken!.Value, Cancellation);

        Assert.Equal(held.SequenceNumber, Assert.Single(await waiting).SequenceNumber);
    }

    [Fact]
    public async Task A_message_that_expired_while_locked_is_dead_lettered_once_released()
    {
        await broker.SendAsync(Queue, [new BrokerMessage { TimeToLive = TimeSpan.FromSeconds(30) }], Cancellation);
        var held = await ReceiveAsync(Queue);
        clock.Advance(TimeSpan.FromSeconds(31));

        await broker.ReleaseAsync(Queue, held.LockToken!.Value, Cancellation);

        var dead = await ReceiveAsync(DeadLetters);
        Assert.Equal(DeadLetterReasons.TimeToLiveExpired, dead.Message.ApplicationProperties[DeadLetterReasons.ReasonProperty]);
    }

    [Fact]
    public async Task A_lock_cannot_be_released_twice_or_after_it_expired()
    {
        await broker.SendAsync(Queue, [new BrokerMessage(), new BrokerMessage()], Cancellation);
        var released = (await ReceiveAsync(Queue)).LockToken!.Value;
        await broker.ReleaseAsync(Queue, released, Cancellation);
        var expired = (await ReceiveAsync(Queue)).LockToken!.Value;
        clock.Advance(TimeSpan.FromMinutes(1));

        foreach (var token in new[] { released, expired, Guid.Empty })
        {
            var exception = await Assert.ThrowsAsync<BrokerException>(() => broker.ReleaseAsync(Queue, token, Cancellation));
            Assert.Equal(BrokerErrorReason.MessageLockLost, exception.Reason);
        }
    }

    private async Task<ReceivedMessage> ReceiveAsync(string queue) =>
        Assert.Single(await broker.ReceiveAsync(queue, 1, TimeSpan.Zero, ReceiveMode.PeekLock, Cancellation));
}
