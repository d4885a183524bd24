using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Broker;

public abstract partial class BrokerSuite
{
    [Fact]
    public async Task A_message_arrives_as_it_was_sent()
    {
        var body = Enumerable.Range(0, 1_000).Select(i => (byte)i).ToArray();
        var sent = new BrokerMessage
        {
            Body = body,
            MessageId = "geminigen:ä/../%2F\u0001",
            ContentType = "application/json",
            CorrelationId = "correlation",
            Subject = "subject",
            To = "to",
            ReplyTo = "reply",
            ReplyToSessionId = "reply session",
            SessionId = "session",
            PartitionKey = "session",
            TimeToLive = TimeSpan.FromMinutes(5),
            ApplicationProperties = new Dictionary<string, object?> { ["provider"] = "sync", ["attempt"] = 3, ["nothing"] = null },
        };

        await SendAsync(Plain, sent);

        var received = await ReceiveOneAsync(Plain);
        Assert.Equal(body, received.Message.Body.ToArray());
        Assert.Equal(sent.ApplicationProperties, received.Message.ApplicationProperties);
        Assert.Equal(
            sent with { Body = default, ApplicationProperties = received.Message.ApplicationProperties },
            received.Message with { Body = default });
        Assert.Equal(Now, received.EnqueuedTime);
        Assert.Equal(Now + TimeSpan.FromMinutes(5), received.ExpiresAt);
        Assert.Equal(Now + LockDuration, received.LockedUntil);
        Assert.Equal(MessageState.Active, received.State);
        Assert.Equal(1, received.DeliveryCount);
    }

    [Fact]
    public async Task A_message_without_body_and_properties_arrives_without_them()
    {
        await SendAsync(Plain, new BrokerMessage());

        var received = await ReceiveOneAsync(Plain);

        Assert.True(received.Message.Body.IsEmpty);
        Assert.Null(received.Message.MessageId);
        Assert.Null(received.Message.ContentType);
        Assert.Empty(received.Message.ApplicationProperties);
    }

    [Fact]
    public async Task Messages_are_received_in_the_order_they_were_sent()
    {
        foreach (var text in new[] { "a", "b", "c" })
            await SendAsync(Plain, Message(text));

        var received = await ReceiveAsync(Plain, 10);

        Assert.Equal(["a", "b", "c"], received.Select(Text));
        Assert.Equal(received.Select(message => message.SequenceNumber).Order(), received.Select(message => message.SequenceNumber));
    }

    [Fact]
    public async Task No_more_are_received_than_asked_for()
    {
        await SendAsync(Plain, Message("a"), Message("b"), Message("c"));

        Assert.Equal(2, (await ReceiveAsync(Plain, 2)).Count);
        Assert.Single(await ReceiveAsync(Plain, 2));
    }

    [Fact]
    public async Task A_completed_message_is_removed()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);

        await Broker.CompleteAsync(Plain, received.LockToken!.Value, Cancellation);

        await AssertEmptyAsync(Plain);
        await AssertLockLostAsync(Plain, received);
    }

    [Fact]
    public async Task A_message_that_is_received_and_deleted_is_removed()
    {
        await SendAsync(Plain, Message("a"));

        var received = Assert.Single(await ReceiveAsync(Plain, mode: ReceiveMode.ReceiveAndDelete));

        Assert.Equal("a", Text(received));
        Assert.Null(received.LockToken);
        Assert.Equal(1, received.DeliveryCount);
        await AssertEmptyAsync(Plain);
    }

    [Fact]
    public async Task A_waiting_receiver_gets_a_message_as_soon_as_it_is_sent()
    {
        var waiting = Broker.ReceiveAsync(Plain, 10, TimeSpan.FromMinutes(1), cancellationToken: Cancellation);

        await SendAsync(Plain, Message("a"));

        Assert.Equal("a", Text(Assert.Single(await waiting.WaitAsync(Cancellation))));
    }

    [Fact]
    public async Task A_waiting_receiver_gets_an_abandoned_message()
    {
        await SendAsync(Plain, Message("a"));
        var first = await ReceiveOneAsync(Plain);
        var waiting = Broker.ReceiveAsync(Plain, 1, TimeSpan.FromMinutes(1), cancellationToken: Cancellation);

        await Broker.AbandonAsync(Plain, first.LockToken!.Value, cancellationToken: Cancellation);

        Assert.Equal(2, Assert.Single(await waiting.WaitAsync(Cancellation)).DeliveryCount);
    }

    [Fact]
    public async Task A_waiting_receiver_gets_a_message_whose_lock_has_expired()
    {
        await SendAsync(Plain, Message("a"));
        await ReceiveOneAsync(Plain);
        var waiting = Broker.ReceiveAsync(Plain, 1, LockDuration * 2, cancellationToken: Cancellation);

        Advance(LockDuration);

        Assert.Equal(2, Assert.Single(await waiting.WaitAsync(Cancellation)).DeliveryCount);
    }

    [Fact]
    public async Task A_waiting_receiver_gets_a_scheduled_message_at_its_time()
    {
        await Broker.ScheduleAsync(Plain, [Message("a")], Now + TimeSpan.FromSeconds(5), Cancellation);
        var waiting = Broker.ReceiveAsync(Plain, 1, TimeSpan.FromMinutes(1), cancellationToken: Cancellation);

        Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("a", Text(Assert.Single(await waiting.WaitAsync(Cancellation))));
    }

    [Fact]
    public async Task A_waiting_receiver_returns_nothing_when_its_wait_is_over()
    {
        var waiting = Broker.ReceiveAsync(Plain, 1, TimeSpan.FromSeconds(30), cancellationToken: Cancellation);

        Advance(TimeSpan.FromSeconds(30));

        Assert.Empty(await waiting.WaitAsync(Cancellation));
    }

    [Fact]
    public async Task A_cancelled_receive_locks_no_message()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = Broker.ReceiveAsync(Plain, 1, Timeout.InfiniteTimeSpan, cancellationToken: cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Cancellation));
        await SendAsync(Plain, Message("a"));
        Assert.Equal(1, (await ReceiveOneAsync(Plain)).DeliveryCount);
    }

    [Fact]
    public async Task Each_message_goes_to_one_of_the_waiting_receivers()
    {
        var waiting = Enumerable.Range(0, 5)
            .Select(_ => Broker.ReceiveAsync(Plain, 1, TimeSpan.FromMinutes(1), cancellationToken: Cancellation))
            .ToList();

        await SendAsync(Plain, [.. Enumerable.Range(0, 5).Select(i => Message($"{i}"))]);

        var received = await Task.WhenAll(waiting).WaitAsync(Cancellation);
        Assert.Equal(["0", "1", "2", "3", "4"], received.Select(messages => Text(Assert.Single(messages))).Order());
    }

    [Fact]
    public async Task An_abandoned_message_is_redelivered_at_once_and_counted()
    {
        await SendAsync(Plain, Message("a"), Message("b"));
        var first = await ReceiveOneAsync(Plain);

        await Broker.AbandonAsync(Plain, first.LockToken!.Value, new Dictionary<string, object?> { ["why"] = "busy" }, Cancellation);

        var again = await ReceiveOneAsync(Plain);
        Assert.Equal("a", Text(again));
        Assert.Equal(first.SequenceNumber, again.SequenceNumber);
        Assert.Equal(2, again.DeliveryCount);
        Assert.Equal("busy", again.Message.ApplicationProperties["why"]);
        await AssertLockLostAsync(Plain, first);
    }

    [Fact]
    public async Task Competing_consumers_get_every_message_once()
    {
        const int Messages = 2_000;
        var received = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var consumers = Enumerable.Range(0, 3).Select(_ => Task.Run(ConsumeAsync, Cancellation)).ToList();

        foreach (var batch in Enumerable.Range(0, Messages).Chunk(50))
            await SendAsync(Plain, [.. batch.Select(i => Message($"{i}"))]);

        await Task.WhenAll(consumers).WaitAsync(Cancellation);
        Assert.Equal(Enumerable.Range(0, Messages), received.Select(int.Parse).Order());
        await AssertEmptyAsync(Plain);

        async Task ConsumeAsync()
        {
            try
            {
                while (true)
                {
                    // One at a time: over AMQP, a message that arrives while a call that asked for more returns stays locked until its lock expires.
                    foreach (var message in await Broker.ReceiveAsync(Plain, 1, Timeout.InfiniteTimeSpan, cancellationToken: done.Token))
                    {
                        await Broker.CompleteAsync(Plain, message.LockToken!.Value, Cancellation);
                        received.Add(Text(message));
                        if (received.Count >= Messages)
                            await done.CancelAsync();
                    }
                }
            }
            catch (OperationCanceledException) when (done.IsCancellationRequested)
            {
                // All messages have been received.
            }
        }
    }
}
