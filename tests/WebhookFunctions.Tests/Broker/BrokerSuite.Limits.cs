using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Broker;

public abstract partial class BrokerSuite
{
    [Fact]
    public async Task A_batch_above_the_limit_leaves_nothing_behind()
    {
        var half = new BrokerMessage { Body = new byte[QueueOptions.StandardMaxMessageBytes / 2] };

        await AssertRefusedAsync(BrokerErrorReason.MessageSizeExceeded, () => SendAsync(Plain, half, half));

        await AssertEmptyAsync(Plain);
        await SendAsync(Plain, half);
    }

    [Fact]
    public async Task A_message_above_the_limit_is_refused()
    {
        var tooLarge = new BrokerMessage { Body = new byte[QueueOptions.StandardMaxMessageBytes] };

        await AssertRefusedAsync(BrokerErrorReason.MessageSizeExceeded, () => SendAsync(Plain, tooLarge));
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("nowhere/$deadletterqueue")]
    [InlineData("plain/$management")]
    public async Task An_unknown_queue_is_not_found(string queue)
    {
        await AssertRefusedAsync(BrokerErrorReason.MessagingEntityNotFound, () => SendAsync(queue, Message("a")));
        await AssertRefusedAsync(
            BrokerErrorReason.MessagingEntityNotFound,
            () => Broker.ReceiveAsync(queue, 1, TimeSpan.FromMinutes(1), cancellationToken: Cancellation));
        await AssertRefusedAsync(BrokerErrorReason.MessagingEntityNotFound, () => Broker.PeekAsync(queue, 0, 1, Cancellation));
    }
}
