using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Broker;

public abstract partial class BrokerSuite
{
    [Fact]
    public async Task An_expired_message_is_dead_lettered()
    {
        await SendAsync(DeadLetteringExpired, Message("a"));

        Advance(TimeToLive - Instant);
        await PeekOneAsync(DeadLetteringExpired);
        Advance(Instant);

        await AssertEmptyAsync(DeadLetteringExpired);
        var dead = await ReceiveOneAsync(DeadLettersOf(DeadLetteringExpired));
        Assert.Equal("a", Text(dead));
        Assert.Equal("TTLExpiredException", dead.Message.ApplicationProperties["DeadLetterReason"]);
        Assert.Equal("The message expired and was dead lettered.", dead.Message.ApplicationProperties["DeadLetterErrorDescription"]);
    }

    [Fact]
    public async Task An_expired_message_is_removed_if_the_queue_does_not_dead_letter_expired_ones()
    {
        await SendAsync(RemovingExpired, Message("a"));

        Advance(TimeToLive);

        await AssertEmptyAsync(RemovingExpired);
        await AssertEmptyAsync(DeadLettersOf(RemovingExpired));
    }

    [Fact]
    public async Task A_time_to_live_above_the_queues_is_reduced_to_it()
    {
        await SendAsync(DeadLetteringExpired, Message("a") with { TimeToLive = TimeToLive * 2 }, Message("b") with { TimeToLive = TimeToLive / 2 });

        var expiries = (await Broker.PeekAsync(DeadLetteringExpired, 0, 10, Cancellation)).Select(message => message.ExpiresAt);

        Assert.Equal([Now + TimeToLive, Now + (TimeToLive / 2)], expiries);
    }

    [Fact]
    public async Task The_time_to_live_of_a_scheduled_message_begins_at_its_time()
    {
        await Broker.ScheduleAsync(DeadLetteringExpired, [Message("a")], Now + (TimeToLive * 2), Cancellation);

        Advance(TimeToLive * 2);

        Assert.Equal(Now + TimeToLive, (await PeekOneAsync(DeadLetteringExpired)).ExpiresAt);
    }

    [Fact]
    public async Task A_locked_message_expires_only_once_its_lock_ends()
    {
        await SendAsync(DeadLetteringExpired, Message("completed"), Message("abandoned"));
        Advance(TimeToLive - Instant);
        var locked = await ReceiveAsync(DeadLetteringExpired, 10);
        Advance(Instant);

        await Broker.CompleteAsync(DeadLetteringExpired, locked[0].LockToken!.Value, Cancellation);
        await Broker.AbandonAsync(DeadLetteringExpired, locked[1].LockToken!.Value, cancellationToken: Cancellation);

        await AssertEmptyAsync(DeadLetteringExpired);
        Assert.Equal("abandoned", Text(await PeekOneAsync(DeadLettersOf(DeadLetteringExpired))));
    }

    [Fact]
    public async Task A_deferred_message_expires_only_when_it_is_received()
    {
        await SendAsync(DeadLetteringExpired, Message("a"));
        var received = await ReceiveOneAsync(DeadLetteringExpired);
        await Broker.DeferAsync(DeadLetteringExpired, received.LockToken!.Value, cancellationToken: Cancellation);

        Advance(TimeToLive * 2);

        await PeekOneAsync(DeadLetteringExpired);
        await AssertRefusedAsync(
            BrokerErrorReason.MessageNotFound,
            () => Broker.ReceiveDeferredAsync(DeadLetteringExpired, [received.SequenceNumber], cancellationToken: Cancellation));
        await AssertEmptyAsync(DeadLetteringExpired);
        Assert.Equal("a", Text(await PeekOneAsync(DeadLettersOf(DeadLetteringExpired))));
    }

    [Fact]
    public async Task A_dead_letter_does_not_expire()
    {
        await SendAsync(DeadLetteringExpired, Message("a"));
        var received = await ReceiveOneAsync(DeadLetteringExpired);
        await Broker.DeadLetterAsync(DeadLetteringExpired, received.LockToken!.Value, cancellationToken: Cancellation);

        Advance(TimeToLive * 10);

        Assert.Equal("a", Text(await ReceiveOneAsync(DeadLettersOf(DeadLetteringExpired))));
    }
}
