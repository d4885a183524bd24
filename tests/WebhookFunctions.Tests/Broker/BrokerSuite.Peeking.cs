using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Broker;

public abstract partial class BrokerSuite
{
    [Fact]
    public async Task A_peek_shows_messages_in_every_state_and_changes_none()
    {
        await SendAsync(Plain, Message("deferred"), Message("locked"), Message("active"));
        var first = await ReceiveAsync(Plain, 2);
        await Broker.DeferAsync(Plain, first[0].LockToken!.Value, cancellationToken: Cancellation);
        await Broker.ScheduleAsync(Plain, [Message("scheduled")], Now + TimeSpan.FromHours(1), Cancellation);

        var peeked = await Broker.PeekAsync(Plain, 0, 10, Cancellation);

        Assert.Equal(["deferred", "locked", "active", "scheduled"], peeked.Select(Text));
        Assert.Equal(
            [MessageState.Deferred, MessageState.Active, MessageState.Active, MessageState.Scheduled], peeked.Select(message => message.State));
        Assert.All(peeked, message => Assert.Null(message.LockToken));
        await Broker.CompleteAsync(Plain, first[1].LockToken!.Value, Cancellation);
        Assert.Equal(1, Assert.Single(await ReceiveAsync(Plain, 10)).DeliveryCount);
    }

    [Fact]
    public async Task A_peek_begins_at_a_sequence_number()
    {
        await SendAsync(Plain, Message("a"), Message("b"), Message("c"));
        var first = Assert.Single(await Broker.PeekAsync(Plain, 0, 1, Cancellation));

        var rest = await Broker.PeekAsync(Plain, first.SequenceNumber + 1, 10, Cancellation);

        Assert.Equal(["b", "c"], rest.Select(Text));
    }

    [Fact]
    public async Task A_peek_shows_how_many_deliveries_failed()
    {
        await SendAsync(Plain, Message("a"));
        Assert.Equal(0, (await PeekOneAsync(Plain)).DeliveryCount);

        var received = await ReceiveOneAsync(Plain);
        await Broker.AbandonAsync(Plain, received.LockToken!.Value, cancellationToken: Cancellation);

        Assert.Equal(1, (await PeekOneAsync(Plain)).DeliveryCount);
    }
}
