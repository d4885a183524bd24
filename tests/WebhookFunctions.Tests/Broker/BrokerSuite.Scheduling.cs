using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Broker;

public abstract partial class BrokerSuite
{
    [Fact]
    public async Task A_scheduled_message_is_received_at_its_time_under_a_new_sequence_number()
    {
        var at = Now + TimeSpan.FromSeconds(5);
        var number = Assert.Single(await Broker.ScheduleAsync(Plain, [Message("later")], at, Cancellation));
        await SendAsync(Plain, Message("now"));

        Advance(TimeSpan.FromSeconds(5) - Instant);
        Assert.Equal("now", Text(Assert.Single(await ReceiveAsync(Plain, 10))));

        Advance(Instant);
        var received = await ReceiveOneAsync(Plain);
        Assert.Equal("later", Text(received));
        Assert.True(received.SequenceNumber > number + 1);
        Assert.Equal(number, received.EnqueuedSequenceNumber);
        Assert.Equal(at, received.EnqueuedTime);
        Assert.Equal(at, received.Message.ScheduledEnqueueTime);
        Assert.Equal(1, received.DeliveryCount);
    }

    [Fact]
    public async Task A_message_is_scheduled_by_its_own_property()
    {
        await SendAsync(Plain, Message("a") with { ScheduledEnqueueTime = Now + TimeSpan.FromSeconds(5) });

        Assert.Empty(await ReceiveAsync(Plain));
        Advance(TimeSpan.FromSeconds(5));
        await ReceiveOneAsync(Plain);
    }

    [Fact]
    public async Task A_message_scheduled_for_the_past_is_active_at_once()
    {
        await Broker.ScheduleAsync(Plain, [Message("a")], Now - TimeSpan.FromDays(1), Cancellation);

        await ReceiveOneAsync(Plain);
    }

    [Fact]
    public async Task Scheduled_messages_become_active_in_the_order_of_their_times()
    {
        await Broker.ScheduleAsync(Plain, [Message("second")], Now + TimeSpan.FromSeconds(20), Cancellation);
        await Broker.ScheduleAsync(Plain, [Message("first")], Now + TimeSpan.FromSeconds(10), Cancellation);

        Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(["first", "second"], (await ReceiveAsync(Plain, 10)).Select(Text));
    }

    [Fact]
    public async Task A_cancelled_scheduled_message_is_never_delivered()
    {
        var numbers = await Broker.ScheduleAsync(Plain, [Message("a"), Message("b")], Now + TimeSpan.FromSeconds(5), Cancellation);

        await Broker.CancelScheduledAsync(Plain, [numbers[0]], Cancellation);

        Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("b", Text(Assert.Single(await ReceiveAsync(Plain, 10))));
    }

    [Fact]
    public async Task Scheduled_messages_are_cancelled_all_or_none()
    {
        var numbers = await Broker.ScheduleAsync(Plain, [Message("a")], Now + TimeSpan.FromSeconds(5), Cancellation);

        await AssertRefusedAsync(
            BrokerErrorReason.MessageNotFound, () => Broker.CancelScheduledAsync(Plain, [numbers[0], 99], Cancellation));

        Advance(TimeSpan.FromSeconds(5));
        await ReceiveOneAsync(Plain);
    }

    [Fact]
    public async Task An_active_message_that_was_scheduled_is_not_cancelled()
    {
        var numbers = await Broker.ScheduleAsync(Plain, [Message("a")], Now + TimeSpan.FromSeconds(5), Cancellation);
        Advance(TimeSpan.FromSeconds(5));

        await AssertRefusedAsync(BrokerErrorReason.MessageNotFound, () => Broker.CancelScheduledAsync(Plain, numbers, Cancellation));
    }
}
