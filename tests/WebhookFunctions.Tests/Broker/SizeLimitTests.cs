using EmbeddedServiceBus;
using EmbeddedServiceBus.Content;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Broker;

public sealed class SizeLimitTests
{
    private const string Queue = "limited";
    private const int Limit = QueueOptions.StandardMaxMessageBytes;

    private static CancellationToken Cancellation => BoundedTest.Token;

    public static TheoryData<string, BrokerMessage> Shapes => new()
    {
        { "a body alone", new BrokerMessage() },
        { "an id and a content type", new BrokerMessage { MessageId = "id", ContentType = "application/json" } },
        { "properties", new BrokerMessage { ApplicationProperties = new Dictionary<string, object?> { ["text"] = new string('ä', 1_000), ["number"] = 1L } } },
        { "a schedule", new BrokerMessage { ScheduledEnqueueTime = DateTimeOffset.UnixEpoch, TimeToLive = TimeSpan.FromDays(1), PartitionKey = "key" } },
    };

    [Theory]
    [MemberData(nameof(Shapes), DisableDiscoveryEnumeration = true)]
    public async Task A_message_can_be_as_large_as_the_limit_but_not_a_byte_larger(string shape, BrokerMessage message)
    {
        await using var broker = Open();
        // Measured with a long body, because a short body has a shorter length field.
        var overhead = (int)AmqpSize.Measure(message with { Body = new byte[1_000] }) - 1_000;
        var largest = message with { Body = new byte[Limit - overhead] };

        await broker.SendAsync(Queue, [largest], Cancellation);
        var exception = await Assert.ThrowsAsync<BrokerException>(
            () => broker.SendAsync(Queue, [largest with { Body = new byte[Limit - overhead + 1] }], Cancellation));

        Assert.Equal(BrokerErrorReason.MessageSizeExceeded, exception.Reason);
        Assert.Equal(largest.Body.Length, Assert.Single(await broker.PeekAsync(Queue, 0, 10, Cancellation)).Message.Body.Length);
        Assert.NotEmpty(shape);
    }

    [Fact]
    public async Task The_limit_applies_to_the_whole_batch()
    {
        await using var broker = Open();
        var message = new BrokerMessage { Body = new byte[1_000] };
        var entry = AmqpSize.Measure(message) + AmqpSize.BatchEntryOverhead;
        var most = Enumerable.Repeat(message, (int)(Limit / entry)).ToList();

        await Assert.ThrowsAsync<BrokerException>(() => broker.SendAsync(Queue, [.. most, message], Cancellation));
        await broker.SendAsync(Queue, most, Cancellation);

        Assert.Equal(most.Count, (await broker.GetCountsAsync(Queue, Cancellation)).Active);
    }

    [Fact]
    public async Task A_single_property_and_all_properties_together_have_limits()
    {
        await using var broker = Open();
        var largest = new string('x', (32 * 1024) - 5);

        await SendAsync(("a", largest));
        await RefusedAsync(("a", largest + "x"));
        await RefusedAsync(("a", largest), ("b", largest));

        Task SendAsync(params (string Name, string Value)[] properties) => broker.SendAsync(
            Queue,
            [new BrokerMessage { ApplicationProperties = properties.ToDictionary(property => property.Name, object? (property) => property.Value) }],
            Cancellation);

        async Task RefusedAsync(params (string, string)[] properties) => Assert.Equal(
            BrokerErrorReason.MessageSizeExceeded, (await Assert.ThrowsAsync<BrokerException>(() => SendAsync(properties))).Reason);
    }

    [Fact]
    public async Task An_id_above_128_characters_is_an_ArgumentException()
    {
        await using var broker = Open();

        await broker.SendAsync(Queue, [new BrokerMessage { MessageId = new string('x', 128) }], Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(
            () => broker.SendAsync(Queue, [new BrokerMessage { MessageId = new string('x', 129) }], Cancellation));
    }

    private static EmbeddedBroker Open() => EmbeddedBroker.Open(new BrokerOptions { Queues = [new QueueOptions { Name = Queue }] });
}
