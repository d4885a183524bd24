using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Tests.Amqp.DotNetSdk;

/// <summary>Tests of messages that the .NET SDK schedules or cancels.</summary>
public sealed class SchedulingTests
{
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(10);

    private static CancellationToken Cancellation => SdkBench.Cancellation;

    [Fact]
    public async Task A_scheduled_message_is_seen_at_once_and_received_at_its_time()
    {
        await using var bench = SdkBench.Open(out var clock);
        var at = clock.GetUtcNow() + Later;
        var number = await bench.Sender.ScheduleMessageAsync(new ServiceBusMessage("a"), at, Cancellation);
        var receiver = bench.Receiver();

        var peeked = await receiver.PeekMessageAsync(cancellationToken: Cancellation);
        Assert.Equal((number, ServiceBusMessageState.Scheduled, at), (peeked.SequenceNumber, peeked.State, peeked.ScheduledEnqueueTime));
        await receiver.AssertNothingAsync();
        clock.Advance(Later);

        var received = await receiver.ReceiveOneAsync();
        Assert.Equal((number, at, 1), (received.EnqueuedSequenceNumber, received.EnqueuedTime, received.DeliveryCount));
    }

    [Fact]
    public async Task A_message_is_also_scheduled_by_its_property()
    {
        await using var bench = SdkBench.Open(out var clock);
        await bench.Sender.SendMessageAsync(new ServiceBusMessage("a") { ScheduledEnqueueTime = clock.GetUtcNow() + Later }, Cancellation);
        var receiver = bench.Receiver();

        await receiver.AssertNothingAsync();
        clock.Advance(Later);

        await receiver.ReceiveOneAsync();
    }

    [Fact]
    public async Task Cancelled_messages_are_never_delivered_and_cannot_be_cancelled_twice()
    {
        await using var bench = SdkBench.Open(out var clock);
        var numbers = await bench.Sender.ScheduleMessagesAsync(
            [new ServiceBusMessage("a"), new ServiceBusMessage("b"), new ServiceBusMessage("c")], clock.GetUtcNow() + Later, Cancellation);

        await bench.Sender.CancelScheduledMessageAsync(numbers[0], Cancellation);
        await SdkReceiving.AssertRefusedAsync(
            ServiceBusFailureReason.MessageNotFound, () => bench.Sender.CancelScheduledMessageAsync(numbers[0], Cancellation));
        await SdkReceiving.AssertRefusedAsync(
            ServiceBusFailureReason.MessageNotFound, () => bench.Sender.CancelScheduledMessagesAsync([numbers[1], numbers[0]], Cancellation));
        await bench.Sender.CancelScheduledMessagesAsync([numbers[2]], Cancellation);

        clock.Advance(Later);
        var receiver = bench.Receiver();
        Assert.Equal("b", (await receiver.ReceiveOneAsync()).Body.ToString());
        await receiver.AssertNothingAsync();
    }
}
