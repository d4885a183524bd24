using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Broker;

public abstract partial class BrokerSuite
{
    [Fact]
    public async Task A_deferred_message_is_received_by_its_sequence_number_only()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);

        await Broker.DeferAsync(Plain, received.LockToken!.Value, new Dictionary<string, object?> { ["waits for"] = "b" }, Cancellation);

        Assert.Empty(await ReceiveAsync(Plain));
        Assert.Equal(MessageState.Deferred, (await PeekOneAsync(Plain)).State);
        var deferred = Assert.Single(await Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber], cancellationToken: Cancellation));
        Assert.Equal("a", Text(deferred));
        Assert.Equal("b", deferred.Message.ApplicationProperties["waits for"]);
        await Broker.CompleteAsync(Plain, deferred.LockToken!.Value, Cancellation);
        await AssertEmptyAsync(Plain);
    }

    [Fact]
    public async Task An_abandoned_deferred_message_stays_deferred()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);
        await Broker.DeferAsync(Plain, received.LockToken!.Value, cancellationToken: Cancellation);
        var deferred = Assert.Single(await Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber], cancellationToken: Cancellation));

        await Broker.AbandonAsync(Plain, deferred.LockToken!.Value, cancellationToken: Cancellation);

        Assert.Empty(await ReceiveAsync(Plain));
        Assert.Single(await Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber], cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_deferred_message_that_is_locked_is_not_found()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);
        await Broker.DeferAsync(Plain, received.LockToken!.Value, cancellationToken: Cancellation);
        await Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber], cancellationToken: Cancellation);

        await AssertRefusedAsync(
            BrokerErrorReason.MessageNotFound,
            () => Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber], cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Deferred_messages_are_received_all_or_none()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);
        await Broker.DeferAsync(Plain, received.LockToken!.Value, cancellationToken: Cancellation);

        await AssertRefusedAsync(
            BrokerErrorReason.MessageNotFound,
            () => Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber, 99], cancellationToken: Cancellation));

        var deferred = await Broker.ReceiveDeferredAsync(
            Plain, [received.SequenceNumber], ReceiveMode.ReceiveAndDelete, Cancellation);
        Assert.Equal("a", Text(Assert.Single(deferred)));
        await AssertEmptyAsync(Plain);
    }

    [Fact]
    public async Task An_active_message_is_not_received_as_a_deferred_one()
    {
        await SendAsync(Plain, Message("a"));
        var number = (await PeekOneAsync(Plain)).SequenceNumber;

        await AssertRefusedAsync(
            BrokerErrorReason.MessageNotFound, () => Broker.ReceiveDeferredAsync(Plain, [number], cancellationToken: Cancellation));
    }
}
