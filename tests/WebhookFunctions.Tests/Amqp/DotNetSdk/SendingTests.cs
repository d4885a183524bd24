using System.Runtime.Serialization;
using Azure.Core.Amqp;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Amqp.DotNetSdk;

/// <summary>Tests of sending with the .NET SDK: messages, their properties, batches and their limits.</summary>
public sealed class SendingTests : IAsyncLifetime
{
    private readonly SdkBench bench = SdkBench.Open(out _);

    private static CancellationToken Cancellation => SdkBench.Cancellation;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task A_message_arrives_with_all_its_fields()
    {
        var sent = new ServiceBusMessage(BinaryData.FromBytes([0, 255, 10, 13]))
        {
            MessageId = "sync:ä/../%2F",
            ContentType = "application/json; charset=utf-8",
            CorrelationId = "correlation",
            Subject = "subject",
            To = "to",
            ReplyTo = "reply-to",
            ReplyToSessionId = "reply-session",
            SessionId = "session",
            TimeToLive = TimeSpan.FromHours(1),
        };

        await bench.Sender.SendMessageAsync(sent, Cancellation);

        var received = await bench.Receiver().ReceiveOneAsync();
        Assert.Equal(sent.Body.ToArray(), received.Body.ToArray());
        Assert.Equal(
            (sent.MessageId, sent.ContentType, sent.CorrelationId, sent.Subject, sent.To, sent.ReplyTo, sent.ReplyToSessionId, sent.SessionId),
            (received.MessageId, received.ContentType, received.CorrelationId, received.Subject, received.To, received.ReplyTo, received.ReplyToSessionId, received.SessionId));
        Assert.Equal(sent.TimeToLive, received.TimeToLive);
        Assert.Equal(received.EnqueuedTime + sent.TimeToLive, received.ExpiresAt);
        Assert.Equal(received.EnqueuedTime + SdkBench.LockDuration, received.LockedUntil);
        Assert.Equal(1, received.DeliveryCount);
        Assert.Equal(ServiceBusMessageState.Active, received.State);
        Assert.Equal(received.SequenceNumber, received.EnqueuedSequenceNumber);
        Assert.NotEqual(Guid.Empty, Guid.Parse(received.LockToken));
    }

    public static TheoryData<object?> Values { get; } =
    [
        (object?)null, "", "ä\0\ud83d\ude00", true, false, byte.MaxValue, sbyte.MinValue, short.MinValue, ushort.MaxValue, 0, int.MinValue, 0u, uint.MaxValue,
        0L, long.MinValue, 0UL, ulong.MaxValue, float.Epsilon, float.NegativeInfinity, double.MaxValue, double.NaN, 'ä', '\uffff',
        0m, 1m, -0.0m, 1.10m, decimal.MaxValue, decimal.MinValue, 0.0000000000000000000000000001m,
        new Guid("00112233-4455-6677-8899-aabbccddeeff"), Guid.Empty,
        new DateTime(2026, 2, 28, 23, 59, 59, 999, DateTimeKind.Utc), DateTime.UnixEpoch,
        new DateTimeOffset(2026, 2, 28, 23, 59, 59, TimeSpan.Zero).AddTicks(1), DateTimeOffset.MaxValue,
        TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.MaxValue, new Uri("https://example.com/a?b=%20c"), new byte[] { 0, 255 },
    ];

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public async Task A_property_arrives_with_its_type_and_value(object? value)
    {
        await bench.Sender.SendMessageAsync(new ServiceBusMessage { ApplicationProperties = { ["value"] = value } }, Cancellation);

        var received = (await bench.Receiver().ReceiveOneAsync()).ApplicationProperties["value"];

        Assert.Equal(value?.GetType(), received?.GetType());
        Assert.Equal(value, received);
        if (value is decimal number)
            Assert.Equal(decimal.GetBits(number), decimal.GetBits((decimal)received!));
    }

    [Fact]
    public async Task A_property_of_an_unsupported_type_is_refused_at_once_and_the_sender_can_continue()
    {
        var list = new ServiceBusMessage { ApplicationProperties = { ["value"] = new List<string> { "a" } } };

        await Assert.ThrowsAsync<SerializationException>(() => bench.Sender.SendMessageAsync(list, Cancellation));

        await bench.SendAsync("a");
        await bench.Receiver().ReceiveOneAsync();
    }

    /// <summary>Sets an invalid MessageId on the AMQP message, because the SDK validates it only in its own property.</summary>
    [Fact]
    public async Task A_message_that_the_broker_finds_invalid_is_an_ArgumentException_without_a_retry()
    {
        // With this delay a retry would exceed the time limit of the test.
        var retries = new ServiceBusRetryOptions { Mode = ServiceBusRetryMode.Fixed, Delay = TimeSpan.FromMinutes(5), MaxDelay = TimeSpan.FromMinutes(5) };
        var sender = bench.Connect(new ServiceBusClientOptions { RetryOptions = retries }).CreateSender(SdkBench.Queue);
        var message = new ServiceBusMessage("a");
        message.GetRawAmqpMessage().Properties.MessageId = new AmqpMessageId(new string('x', 129));

        await Assert.ThrowsAnyAsync<ArgumentException>(() => sender.SendMessageAsync(message, Cancellation));

        Assert.Equal(0, (await bench.CountsAsync()).Active);
    }

    [Fact]
    public async Task A_batch_can_be_as_large_as_the_link_allows_and_arrives_completely()
    {
        using var batch = await bench.Sender.CreateMessageBatchAsync(Cancellation);
        Assert.Equal(QueueOptions.StandardMaxMessageBytes, batch.MaxSizeInBytes);
        while (batch.TryAddMessage(new ServiceBusMessage(new byte[1_000]) { MessageId = $"{batch.Count}" }))
        {
        }

        await bench.Sender.SendMessagesAsync(batch, Cancellation);

        Assert.True(batch.Count > 200);
        var received = await bench.Receiver().ReceiveAsync(batch.Count);
        // A message that arrives when a call's wait is over is released and delivered again, later than its successors.
        Assert.Equal(
            Enumerable.Range(0, batch.Count).Select(i => $"{i}"), received.OrderBy(message => message.SequenceNumber).Select(message => message.MessageId));
    }

    [Fact]
    public async Task A_message_as_large_as_the_link_allows_is_accepted()
    {
        // The overhead of a message with a body of this size and nothing else.
        const int Overhead = 100;

        await bench.Sender.SendMessageAsync(new ServiceBusMessage(new byte[QueueOptions.StandardMaxMessageBytes - Overhead]), Cancellation);

        Assert.Equal(QueueOptions.StandardMaxMessageBytes - Overhead, (await bench.Receiver().ReceiveOneAsync()).Body.ToMemory().Length);
    }

    [Fact]
    public async Task A_message_above_the_limit_is_refused_and_the_sender_can_continue()
    {
        var whole = new ServiceBusMessage(new byte[QueueOptions.StandardMaxMessageBytes]);
        var half = new ServiceBusMessage(new byte[QueueOptions.StandardMaxMessageBytes / 2]);
        using var batch = await bench.Sender.CreateMessageBatchAsync(Cancellation);

        Assert.False(batch.TryAddMessage(whole));
        await SdkReceiving.AssertRefusedAsync(
            ServiceBusFailureReason.MessageSizeExceeded, () => bench.Sender.SendMessageAsync(whole, Cancellation));
        await SdkReceiving.AssertRefusedAsync(
            ServiceBusFailureReason.MessageSizeExceeded, () => bench.Sender.SendMessagesAsync([half, half], Cancellation));

        Assert.Equal(0, (await bench.CountsAsync()).Active);
        await bench.Sender.SendMessageAsync(half, Cancellation);
        Assert.Equal(1, (await bench.CountsAsync()).Active);
    }

    [Fact]
    public async Task Sends_in_flight_at_once_all_arrive()
    {
        const int Messages = 500;

        await Task.WhenAll(Enumerable.Range(0, Messages).Select(i => bench.SendAsync($"{i}")));

        var received = await bench.Receiver().ReceiveAsync(Messages);
        Assert.Equal(Enumerable.Range(0, Messages), received.Select(message => int.Parse(message.Body.ToString(), null)).Order());
    }
}
