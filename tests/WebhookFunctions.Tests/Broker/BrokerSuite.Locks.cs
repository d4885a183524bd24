using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Broker;

public abstract partial class BrokerSuite
{
    [Fact]
    public async Task A_locked_message_is_not_delivered_to_another_receiver()
    {
        await SendAsync(Plain, Message("a"));

        await ReceiveOneAsync(Plain);

        Assert.Empty(await ReceiveAsync(Plain));
    }

    [Fact]
    public async Task A_lock_expires_at_its_expiry_time_and_not_before()
    {
        await SendAsync(Plain, Message("a"));
        var first = await ReceiveOneAsync(Plain);

        Advance(LockDuration - Instant);
        Assert.Empty(await ReceiveAsync(Plain));

        Advance(Instant);
        var again = await ReceiveOneAsync(Plain);
        Assert.Equal(2, again.DeliveryCount);
        await AssertLockLostAsync(Plain, first);
        await Broker.CompleteAsync(Plain, again.LockToken!.Value, Cancellation);
    }

    [Fact]
    public async Task A_renewed_lock_lasts_its_full_duration_from_the_renewal()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);
        Advance(LockDuration - Instant);

        var until = await Broker.RenewLockAsync(Plain, received.LockToken!.Value, Cancellation);

        Assert.Equal(Now + LockDuration, until);
        Advance(LockDuration - Instant);
        Assert.Empty(await ReceiveAsync(Plain));
        await Broker.CompleteAsync(Plain, received.LockToken!.Value, Cancellation);
    }

    [Fact]
    public async Task An_expired_lock_is_not_renewed()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);
        Advance(LockDuration);

        await AssertRefusedAsync(
            BrokerErrorReason.MessageLockLost, () => Broker.RenewLockAsync(Plain, received.LockToken!.Value, Cancellation));
    }

    [Fact]
    public async Task An_unknown_lock_token_settles_nothing()
    {
        await SendAsync(Plain, Message("a"));

        await AssertRefusedAsync(BrokerErrorReason.MessageLockLost, () => Broker.CompleteAsync(Plain, Guid.NewGuid(), Cancellation));

        Assert.Equal(1, (await ReceiveOneAsync(Plain)).DeliveryCount);
    }
}
