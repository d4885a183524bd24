using EmbeddedServiceBus;
using Microsoft.Extensions.Time.Testing;

namespace WebhookFunctions.Tests.Broker;

/// <summary>Tests of the broker in process, including calls that the .NET SDK would not send.</summary>
public sealed class EmbeddedBrokerTests : BrokerSuite
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    protected override DateTimeOffset Now => clock.GetUtcNow();

    protected override Task<IServiceBusBroker> OpenAsync() =>
        Task.FromResult<IServiceBusBroker>(EmbeddedBroker.Open(new BrokerOptions { Queues = Queues, TimeProvider = clock }));

    protected override void Advance(TimeSpan time) => clock.Advance(time);

    [Fact]
    public async Task An_empty_message_id_is_never_a_duplicate()
    {
        await SendAsync(DuplicateDetecting, Message("a", ""));
        await SendAsync(DuplicateDetecting, Message("b", ""));

        Assert.Equal(["a", "b"], (await ReceiveAsync(DuplicateDetecting, 10)).Select(Text));
    }

    [Fact]
    public async Task An_empty_lock_token_settles_nothing()
    {
        await SendAsync(Plain, Message("a"));

        await AssertRefusedAsync(BrokerErrorReason.MessageLockLost, () => Broker.CompleteAsync(Plain, Guid.Empty, Cancellation));
        await AssertRefusedAsync(BrokerErrorReason.MessageLockLost, () => Broker.AbandonAsync(Plain, Guid.Empty, cancellationToken: Cancellation));

        Assert.Equal(1, (await ReceiveOneAsync(Plain)).DeliveryCount);
    }
}
