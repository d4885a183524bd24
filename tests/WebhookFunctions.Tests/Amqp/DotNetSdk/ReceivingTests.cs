using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Tests.Amqp.DotNetSdk;

/// <summary>Tests of receiving, peeking and settling with the .NET SDK.</summary>
public sealed class ReceivingTests
{
    private static CancellationToken Cancellation => SdkBench.Cancellation;

    [Fact]
    public async Task A_peek_continues_after_the_last_one_through_more_messages_than_one_answer_holds()
    {
        const int Messages = 600;
        await using var bench = SdkBench.Open();
        await bench.SendAsync(Enumerable.Range(0, Messages).Select(i => $"{i}"));
        var receiver = bench.Receiver();
        var pages = new List<IReadOnlyList<ServiceBusReceivedMessage>>();

        while (await receiver.PeekMessagesAsync(Messages, cancellationToken: Cancellation) is { Count: > 0 } page)
            pages.Add(page);

        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"{i}"), pages.SelectMany(page => page).Select(message => message.Body.ToString()));
        Assert.True(pages.Count > 1);
        var again = await receiver.PeekMessagesAsync(2, pages[0][1].SequenceNumber, Cancellation);
        Assert.Equal(["1", "2"], again.Select(message => message.Body.ToString()));
        Assert.All(again, message => Assert.Equal(0, message.DeliveryCount));
    }

    [Fact]
    public async Task A_deferred_message_is_received_by_its_number_and_settled()
    {
        await using var bench = SdkBench.Open();
        await bench.SendAsync("a");
        var receiver = bench.Receiver();
        var message = await receiver.ReceiveOneAsync();

        await receiver.DeferMessageAsync(message, new Dictionary<string, object> { ["waits"] = true }, Cancellation);

        await receiver.AssertNothingAsync();
        Assert.Equal(ServiceBusMessageState.Deferred, (await receiver.PeekMessageAsync(message.SequenceNumber, Cancellation)).State);
        var deferred = await receiver.ReceiveDeferredMessageAsync(message.SequenceNumber, Cancellation);
        Assert.Equal(true, deferred.ApplicationProperties["waits"]);
        await receiver.CompleteMessageAsync(deferred, Cancellation);
        await SdkReceiving.AssertRefusedAsync(
            ServiceBusFailureReason.MessageNotFound, () => receiver.ReceiveDeferredMessageAsync(message.SequenceNumber, Cancellation));
    }

    [Fact]
    public async Task A_dead_letter_names_its_reason_and_its_queue_and_can_be_completed()
    {
        await using var bench = SdkBench.Open();
        await bench.SendAsync("a");
        var receiver = bench.Receiver();
        var message = await receiver.ReceiveOneAsync();

        await receiver.DeadLetterMessageAsync(
            message, new Dictionary<string, object> { ["attempts"] = 3 }, "AddressBlocked", "The host is private.", Cancellation);

        var deadLetters = bench.Receiver(from: SubQueue.DeadLetter);
        var dead = await deadLetters.ReceiveOneAsync();
        Assert.Equal(
            ("a", "AddressBlocked", "The host is private.", SdkBench.Queue, message.SequenceNumber),
            (dead.Body.ToString(), dead.DeadLetterReason, dead.DeadLetterErrorDescription, dead.DeadLetterSource, dead.SequenceNumber));
        Assert.Equal(3, dead.ApplicationProperties["attempts"]);
        await deadLetters.CompleteMessageAsync(dead, Cancellation);
        Assert.Equal(0, (await bench.CountsAsync()).DeadLetters);
    }

    [Fact]
    public async Task After_its_last_delivery_a_message_is_dead_lettered()
    {
        await using var bench = SdkBench.Open();
        await bench.SendAsync("a");
        var receiver = bench.Receiver();
        for (var delivery = 1; delivery <= SdkBench.MaxDeliveries; delivery++)
        {
            var message = await receiver.ReceiveOneAsync();
            Assert.Equal(delivery, message.DeliveryCount);
            await receiver.AbandonMessageAsync(message, cancellationToken: Cancellation);
        }

        var dead = await bench.Receiver(from: SubQueue.DeadLetter).ReceiveOneAsync();
        Assert.Equal("MaxDeliveryCountExceeded", dead.DeadLetterReason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    public async Task Messages_that_are_received_and_deleted_are_removed(int prefetch)
    {
        const int Messages = 120;
        await using var bench = SdkBench.Open();
        await bench.SendAsync(Enumerable.Range(0, Messages).Select(i => $"{i}"));

        var received = await bench.Receiver(ServiceBusReceiveMode.ReceiveAndDelete, prefetch: prefetch).ReceiveAsync(Messages);

        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"{i}"), received.Select(message => message.Body.ToString()));
        Assert.Equal(0, (await bench.CountsAsync()).Active);
    }

    [Fact]
    public async Task Prefetched_messages_are_locked_in_the_buffer_and_lose_their_locks_there()
    {
        await using var bench = SdkBench.Open(out var clock);
        await bench.SendAsync("a", "b");
        var receiver = bench.Receiver(prefetch: 10);
        var first = await receiver.ReceiveOneAsync();
        await Fixtures.Eventually.TrueAsync(async () => (await bench.CountsAsync()).Locked == 2, "the second message's lock");

        clock.Advance(SdkBench.LockDuration);

        var second = await receiver.ReceiveOneAsync();
        Assert.Equal(1, second.DeliveryCount);
        foreach (var lost in new[] { first, second })
        {
            await SdkReceiving.AssertRefusedAsync(
                ServiceBusFailureReason.MessageLockLost, () => receiver.CompleteMessageAsync(lost, Cancellation));
        }
    }

    [Fact]
    public async Task A_closed_receiver_releases_its_prefetched_messages_without_counting_a_delivery()
    {
        const int Messages = 10;
        await using var bench = SdkBench.Open();
        await bench.SendAsync(Enumerable.Range(0, Messages).Select(i => $"{i}"));
        var prefetching = bench.Receiver(prefetch: Messages);
        await prefetching.CompleteMessageAsync(await prefetching.ReceiveOneAsync(), Cancellation);
        await Fixtures.Eventually.TrueAsync(async () => (await bench.CountsAsync()).Locked == Messages - 1, "the locks of the rest");

        await prefetching.CloseAsync(Cancellation);

        var rest = await bench.Receiver().ReceiveAsync(Messages - 1);
        Assert.All(rest, message => Assert.Equal(1, message.DeliveryCount));
        Assert.Equal(Enumerable.Range(1, Messages - 1).Select(i => $"{i}"), rest.Select(message => message.Body.ToString()).Order());
    }

    /// <summary>
    /// Receives batches in a loop, as a Functions host does, but without its pauses. Without prefetch the SDK leaves the unused credit of a call on the
    /// link, and releases the messages that arrive between two calls.
    /// </summary>
    [Fact]
    public async Task A_batch_loop_receives_each_message_as_a_first_delivery_though_most_arrive_between_its_calls()
    {
        // If a release counted as a delivery, the credit of one call would make many messages reach the maximum delivery count.
        const int Requested = 1_000;
        const int Messages = 200;
        const int ArriveAtOnce = 5;
        await using var bench = SdkBench.Open();
        var receiver = bench.Receiver();
        var arriving = new Queue<string[]>(Enumerable.Range(0, Messages).Select(i => $"{i}").Chunk(ArriveAtOnce));
        await bench.SendAsync(arriving.Dequeue());
        var handled = new List<ServiceBusReceivedMessage>();
        while (handled.Count < Messages)
        {
            var batch = await receiver.ReceiveMessagesAsync(Requested, TimeSpan.FromMinutes(1), Cancellation);
            // This message is delivered to the link and released repeatedly.
            if (arriving.TryDequeue(out var next))
                await bench.SendAsync(next);
            foreach (var message in batch)
                await receiver.CompleteMessageAsync(message, Cancellation);
            handled.AddRange(batch);
        }

        AssertEachDeliveredOnce(Messages, handled);
        Assert.Equal(default, await bench.CountsAsync());
    }

    /// <summary>Receives batches in a loop, as a Functions host does: 200 messages at 20 a second, and 300 ms of work for each batch.</summary>
    [Fact(Explicit = true)]
    public async Task A_batch_loop_in_real_time_loses_no_message_to_the_dead_letters()
    {
        const int Messages = 200;
        await using var bench = SdkBench.OpenInRealTime(queue => queue);
        var sending = Task.Run(
            async () =>
            {
                using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
                for (var i = 0; i < Messages && await pace.WaitForNextTickAsync(Cancellation); i++)
                    await bench.SendAsync($"{i}");
            },
            Cancellation);
        var receiver = bench.Receiver();
        var handled = new List<ServiceBusReceivedMessage>();
        while (handled.Count < Messages)
        {
            var batch = await receiver.ReceiveMessagesAsync(1_000, TimeSpan.FromMinutes(1), Cancellation);
            await Task.Delay(TimeSpan.FromMilliseconds(300), Cancellation);
            foreach (var message in batch)
                await receiver.CompleteMessageAsync(message, Cancellation);
            handled.AddRange(batch);
        }

        await sending;
        AssertEachDeliveredOnce(Messages, handled);
        Assert.Equal(default, await bench.CountsAsync());
    }

    private static void AssertEachDeliveredOnce(int messages, IReadOnlyCollection<ServiceBusReceivedMessage> handled)
    {
        Assert.All(handled, message => Assert.Equal(1, message.DeliveryCount));
        Assert.Equal(Enumerable.Range(0, messages), handled.Select(message => int.Parse(message.Body.ToString(), null)).Order());
    }
}
