namespace WebhookFunctions.Tests.Broker;

public abstract partial class BrokerSuite
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_its_last_delivery_a_message_is_dead_lettered(bool abandoned)
    {
        await SendAsync(Plain, Message("a"));
        for (var delivery = 1; delivery <= MaxDeliveries; delivery++)
        {
            var received = await ReceiveOneAsync(Plain);
            Assert.Equal(delivery, received.DeliveryCount);
            if (abandoned)
                await Broker.AbandonAsync(Plain, received.LockToken!.Value, cancellationToken: Cancellation);
            else
                Advance(LockDuration);
        }

        await AssertEmptyAsync(Plain);
        var dead = await ReceiveOneAsync(DeadLettersOf(Plain));
        Assert.Equal("a", Text(dead));
        Assert.Equal("MaxDeliveryCountExceeded", dead.Message.ApplicationProperties["DeadLetterReason"]);
        Assert.Equal(
            "Message could not be consumed after 3 delivery attempts.", dead.Message.ApplicationProperties["DeadLetterErrorDescription"]);
    }

    [Fact]
    public async Task A_message_is_dead_lettered_with_reason_description_and_properties()
    {
        var sent = Message("a") with { ApplicationProperties = new Dictionary<string, object?> { ["kept"] = 1L, ["changed"] = "before" } };
        await SendAsync(Plain, sent);
        var received = await ReceiveOneAsync(Plain);

        await Broker.DeadLetterAsync(
            Plain,
            received.LockToken!.Value,
            "AddressBlocked",
            "The host is private.",
            new Dictionary<string, object?> { ["changed"] = "after", ["added"] = true },
            Cancellation);

        await AssertEmptyAsync(Plain);
        var dead = await ReceiveOneAsync(DeadLettersOf(Plain));
        Assert.Equal("a", Text(dead));
        Assert.Equal(received.SequenceNumber, dead.SequenceNumber);
        Assert.Equal(Plain, dead.DeadLetterSource);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["kept"] = 1L,
                ["changed"] = "after",
                ["added"] = true,
                ["DeadLetterReason"] = "AddressBlocked",
                ["DeadLetterErrorDescription"] = "The host is private.",
            },
            dead.Message.ApplicationProperties);
        await AssertLockLostAsync(Plain, received);
    }

    [Fact]
    public async Task A_dead_letter_may_be_delivered_any_number_of_times()
    {
        await DeadLetterAsync("a");

        for (var delivery = 1; delivery <= MaxDeliveries * 3; delivery++)
        {
            var dead = await ReceiveOneAsync(DeadLettersOf(Plain));
            await Broker.AbandonAsync(DeadLettersOf(Plain), dead.LockToken!.Value, cancellationToken: Cancellation);
        }

        Assert.Equal("a", Text(await PeekOneAsync(DeadLettersOf(Plain))));
    }

    [Fact]
    public async Task A_dead_letter_is_renewed_and_completed()
    {
        await DeadLetterAsync("a");
        var dead = await ReceiveOneAsync(DeadLettersOf(Plain));
        await Broker.RenewLockAsync(DeadLettersOf(Plain), dead.LockToken!.Value, Cancellation);

        await Broker.CompleteAsync(DeadLettersOf(Plain), dead.LockToken!.Value, Cancellation);

        await AssertEmptyAsync(DeadLettersOf(Plain));
    }

    [Fact]
    public async Task A_dead_letter_is_deferred()
    {
        await DeadLetterAsync("a");
        var dead = await ReceiveOneAsync(DeadLettersOf(Plain));

        await Broker.DeferAsync(DeadLettersOf(Plain), dead.LockToken!.Value, cancellationToken: Cancellation);

        Assert.Empty(await ReceiveAsync(DeadLettersOf(Plain)));
        Assert.Single(await Broker.ReceiveDeferredAsync(DeadLettersOf(Plain), [dead.SequenceNumber], cancellationToken: Cancellation));
    }

    [Fact]
    public async Task The_dead_letter_queue_is_found_in_any_letter_case()
    {
        await DeadLetterAsync("a");

        Assert.Equal("a", Text(await PeekOneAsync($"{Plain.ToUpperInvariant()}/$DeadLetterQueue")));
    }

    private async Task DeadLetterAsync(string text)
    {
        await SendAsync(Plain, Message(text));
        var received = await ReceiveOneAsync(Plain);
        await Broker.DeadLetterAsync(Plain, received.LockToken!.Value, "Reason", "Description", cancellationToken: Cancellation);
    }
}
