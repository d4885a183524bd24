using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Tests.Amqp.DotNetSdk;

/// <summary>Tests of locks that the .NET SDK renews or loses.</summary>
public sealed class LockTests
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private static CancellationToken Cancellation => SdkBench.Cancellation;

    [Fact]
    public async Task A_lock_that_is_renewed_in_time_lasts_for_several_durations()
    {
        await using var bench = SdkBench.Open(out var clock);
        await bench.SendAsync("a");
        var receiver = bench.Receiver();
        var message = await receiver.ReceiveOneAsync();
        for (var i = 0; i < 5; i++)
        {
            clock.Advance(SdkBench.LockDuration - Instant);
            await receiver.RenewMessageLockAsync(message, Cancellation);
            Assert.Equal(clock.GetUtcNow() + SdkBench.LockDuration, message.LockedUntil);
        }

        await bench.Receiver().AssertNothingAsync();
        await receiver.CompleteMessageAsync(message, Cancellation);
        Assert.Equal(0, (await bench.CountsAsync()).Active);
    }

    private static readonly Dictionary<string, Func<ServiceBusReceiver, ServiceBusReceivedMessage, Task>> Uses = new()
    {
        ["complete"] = (receiver, message) => receiver.CompleteMessageAsync(message, Cancellation),
        ["abandon"] = (receiver, message) => receiver.AbandonMessageAsync(message, cancellationToken: Cancellation),
        ["defer"] = (receiver, message) => receiver.DeferMessageAsync(message, cancellationToken: Cancellation),
        ["dead-letter"] = (receiver, message) => receiver.DeadLetterMessageAsync(message, "reason", "description", Cancellation),
        ["renew"] = (receiver, message) => receiver.RenewMessageLockAsync(message, Cancellation),
    };

    public static TheoryData<string> Operations { get; } = [.. Uses.Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task An_expired_lock_is_lost_and_the_message_redelivered(string operation)
    {
        await using var bench = SdkBench.Open(out var clock);
        await bench.SendAsync("a");
        var receiver = bench.Receiver();
        var first = await receiver.ReceiveOneAsync();

        clock.Advance(SdkBench.LockDuration);

        await SdkReceiving.AssertRefusedAsync(ServiceBusFailureReason.MessageLockLost, () => Uses[operation](receiver, first));
        var second = await receiver.ReceiveOneAsync();
        Assert.Equal(2, second.DeliveryCount);
        await receiver.CompleteMessageAsync(second, Cancellation);
    }

    [Fact]
    public async Task A_lock_outlives_its_receiver_and_another_settles_by_it()
    {
        await using var bench = SdkBench.Open();
        await bench.SendAsync("a");
        var first = bench.Receiver();
        var message = await first.ReceiveOneAsync();
        await first.CloseAsync(Cancellation);
        var second = bench.Receiver();

        await second.AssertNothingAsync();
        await second.CompleteMessageAsync(message, Cancellation);

        Assert.Equal(0, (await bench.CountsAsync()).Active);
    }
}
