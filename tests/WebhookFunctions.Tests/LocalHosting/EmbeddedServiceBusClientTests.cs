using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using LocalHost.ServiceBus;
using Microsoft.Extensions.Time.Testing;

namespace WebhookFunctions.Tests.LocalHosting;

/// <summary>The SDK's types over the embedded broker: what the app sees of Service Bus in the local host.</summary>
public sealed class EmbeddedServiceBusClientTests : IAsyncDisposable
{
    private const string Queue = "queue";
    private static readonly TimeSpan Lock = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly InterruptibleBroker _broker;
    private readonly EmbeddedServiceBusClient _client;

    public EmbeddedServiceBusClientTests()
    {
        _broker = new InterruptibleBroker(EmbeddedBroker.Open(new BrokerOptions
        {
            Queues = [new QueueOptions { Name = Queue, LockDuration = Lock, DefaultTimeToLive = TimeSpan.FromDays(1) }],
            TimeProvider = _clock,
        }));
        _client = new EmbeddedServiceBusClient(_broker);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task A_message_comes_out_as_it_went_in()
    {
        var sent = new ServiceBusMessage(BinaryData.FromBytes([0, 255, 10, 13]))
        {
            MessageId = "id",
            ContentType = "application/json; charset=utf-8",
            CorrelationId = "correlation",
            Subject = "subject",
            To = "to",
            ReplyTo = "reply-to",
            TimeToLive = TimeSpan.FromHours(1),
            ApplicationProperties = { ["text"] = "ä", ["number"] = 1, ["big"] = long.MaxValue },
        };

        await _client.CreateSender(Queue).SendMessageAsync(sent, Cancellation);
        var received = await _client.CreateReceiver(Queue).ReceiveMessageAsync(cancellationToken: Cancellation);

        Assert.Equal(sent.Body.ToArray(), received.Body.ToArray());
        Assert.Equal(
            (sent.MessageId, sent.ContentType, sent.CorrelationId, sent.Subject, sent.To, sent.ReplyTo, sent.TimeToLive),
            (received.MessageId, received.ContentType, received.CorrelationId, received.Subject, received.To, received.ReplyTo, received.TimeToLive));
        Assert.Equal(sent.ApplicationProperties, received.ApplicationProperties.ToDictionary());
        Assert.Equal(1, received.DeliveryCount);
        Assert.Equal(_clock.GetUtcNow() + Lock, received.LockedUntil);
        Assert.NotEqual(Guid.Empty, Guid.Parse(received.LockToken));
    }

    [Fact]
    public async Task A_scheduled_message_comes_at_its_time_and_not_before()
    {
        await _client.CreateSender(Queue).SendMessageAsync(
            new ServiceBusMessage("later") { ScheduledEnqueueTime = _clock.GetUtcNow().AddMinutes(10) }, Cancellation);
        var receiver = _client.CreateReceiver(Queue);

        Assert.Null(await receiver.ReceiveMessageAsync(TimeSpan.Zero, Cancellation));
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("later", (await receiver.ReceiveMessageAsync(cancellationToken: Cancellation)).Body.ToString());
    }

    [Fact]
    public async Task A_batch_takes_what_the_broker_takes_and_no_more()
    {
        var sender = _client.CreateSender(Queue);
        using var batch = await sender.CreateMessageBatchAsync(Cancellation);
        while (batch.TryAddMessage(new ServiceBusMessage(new byte[10_000])))
        {
        }

        await sender.SendMessagesAsync(batch, Cancellation);

        Assert.Equal(26, batch.Count);
        Assert.Equal(26, (await _client.CreateReceiver(Queue).PeekMessagesAsync(100, cancellationToken: Cancellation)).Count);
    }

    [Fact]
    public async Task A_dead_letter_tells_its_reason_and_where_it_came_from()
    {
        await _client.CreateSender(Queue).SendMessageAsync(new ServiceBusMessage("body"), Cancellation);
        var receiver = _client.CreateReceiver(Queue);
        var message = await receiver.ReceiveMessageAsync(cancellationToken: Cancellation);

        await receiver.DeadLetterMessageAsync(message, "Reason", "Description", Cancellation);

        var deadLetters = _client.CreateReceiver(Queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        var dead = await deadLetters.ReceiveMessageAsync(cancellationToken: Cancellation);
        Assert.Equal(("Reason", "Description"), (dead.DeadLetterReason, dead.DeadLetterErrorDescription));
        Assert.Equal(Queue, dead.DeadLetterSource);
        await deadLetters.CompleteMessageAsync(dead, Cancellation);
        Assert.Empty(await deadLetters.PeekMessagesAsync(10, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Peeking_goes_on_where_it_ended()
    {
        var sender = _client.CreateSender(Queue);
        await sender.SendMessagesAsync(Enumerable.Range(0, 5).Select(number => new ServiceBusMessage($"{number}")), Cancellation);
        var receiver = _client.CreateReceiver(Queue);

        var first = await receiver.PeekMessagesAsync(3, cancellationToken: Cancellation);
        var rest = await receiver.PeekMessagesAsync(3, cancellationToken: Cancellation);

        Assert.Equal(["0", "1", "2"], first.Select(message => message.Body.ToString()));
        Assert.Equal(["3", "4"], rest.Select(message => message.Body.ToString()));
    }

    [Fact]
    public async Task Errors_are_the_SDKs()
    {
        await _client.CreateSender(Queue).SendMessageAsync(new ServiceBusMessage("body"), Cancellation);
        var receiver = _client.CreateReceiver(Queue);
        var message = await receiver.ReceiveMessageAsync(cancellationToken: Cancellation);
        _clock.Advance(Lock);

        await AssertRefusedAsync(ServiceBusFailureReason.MessageLockLost, () => receiver.CompleteMessageAsync(message, Cancellation));
        await AssertRefusedAsync(
            ServiceBusFailureReason.MessageSizeExceeded, () => _client.CreateSender(Queue).SendMessageAsync(new ServiceBusMessage(new byte[300_000]), Cancellation));
        await AssertRefusedAsync(
            ServiceBusFailureReason.MessagingEntityNotFound, () => _client.CreateSender("nowhere").SendMessageAsync(new ServiceBusMessage("body"), Cancellation));
        _broker.IsAway = true;
        await AssertRefusedAsync(
            ServiceBusFailureReason.ServiceCommunicationProblem, () => _client.CreateSender(Queue).SendMessageAsync(new ServiceBusMessage("body"), Cancellation));
    }

    [Fact]
    public async Task A_receive_that_waits_fails_when_the_broker_goes_away_and_leaves_no_lock_behind()
    {
        var receiver = _client.CreateReceiver(Queue);
        var waiting = receiver.ReceiveMessageAsync(TimeSpan.FromHours(1), Cancellation);

        _broker.IsAway = true;
        await AssertRefusedAsync(ServiceBusFailureReason.ServiceCommunicationProblem, () => waiting);
        _broker.IsAway = false;

        await _client.CreateSender(Queue).SendMessageAsync(new ServiceBusMessage("body"), Cancellation);
        Assert.NotNull(await receiver.ReceiveMessageAsync(TimeSpan.Zero, Cancellation));
    }

    private static async Task AssertRefusedAsync(ServiceBusFailureReason reason, Func<Task> call) =>
        Assert.Equal(reason, (await Assert.ThrowsAsync<ServiceBusException>(call)).Reason);
}
