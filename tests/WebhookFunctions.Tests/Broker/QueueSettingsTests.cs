using EmbeddedServiceBus;
using EmbeddedServiceBus.Content;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Broker;

/// <summary>Tests of the maximum delivery count and of the maximum size of a queue.</summary>
public sealed class QueueSettingsTests : IDisposable
{
    private const string Queue = "queue";
    private const string DeadLetters = "queue/$deadletterqueue";
    private const int Large = 200_000;

    /// <summary>The number of large messages that fit into a mebibyte.</summary>
    private const int Fitting = 5;

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancellation => BoundedTest.Token;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_message_is_delivered_two_thousand_times_if_the_queue_allows_it()
    {
        await using var broker = EmbeddedBroker.Open(new BrokerOptions
        {
            Queues = [new QueueOptions { Name = Queue, MaxDeliveryCount = QueueOptions.LargestMaxDeliveryCount }],
        });
        await broker.SendAsync(Queue, [new BrokerMessage()], Cancellation);

        for (var delivery = 1; delivery <= 2_000; delivery++)
        {
            var message = Assert.Single(await ReceiveAsync(broker, Queue));
            Assert.Equal(delivery, message.DeliveryCount);
            await broker.AbandonAsync(Queue, message.LockToken!.Value, cancellationToken: Cancellation);
        }

        Assert.Empty(await ReceiveAsync(broker, Queue));
        var dead = Assert.Single(await ReceiveAsync(broker, DeadLetters));
        Assert.Equal(DeadLetterReasons.MaxDeliveryCountExceeded, dead.Message.ApplicationProperties[DeadLetterReasons.ReasonProperty]);
    }

    public static TheoryData<QueueOptions> Impossible { get; } =
    [
        new QueueOptions { Name = Queue, MaxDeliveryCount = 0 },
        new QueueOptions { Name = Queue, MaxDeliveryCount = 2_001 },
        new QueueOptions { Name = Queue, MaxSizeInMegabytes = 0 },
    ];

    [Theory]
    [MemberData(nameof(Impossible), DisableDiscoveryEnumeration = true)]
    public void A_queue_that_the_service_would_not_create_is_refused(QueueOptions queue)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => EmbeddedBroker.Open(new BrokerOptions { Queues = [queue] }));
    }

    [Fact]
    public async Task A_full_queue_refuses_a_complete_send_and_accepts_it_when_there_is_room()
    {
        await using var broker = Open();
        await FillAsync(broker);

        await AssertFullAsync(() => broker.SendAsync(Queue, [Message(1), Message(Large)], Cancellation));
        Assert.Equal(Fitting, (await broker.GetCountsAsync(Queue, Cancellation)).Active);

        Assert.Single(await ReceiveAsync(broker, Queue, ReceiveMode.ReceiveAndDelete));
        await broker.SendAsync(Queue, [Message(1), Message(Large)], Cancellation);
    }

    [Fact]
    public async Task Dead_letters_and_scheduled_messages_count_towards_the_size_of_a_queue()
    {
        await using var broker = Open();
        await broker.ScheduleAsync(Queue, [Message(Large)], TimeProvider.System.GetUtcNow().AddHours(1), Cancellation);
        for (var i = 1; i < Fitting; i++)
        {
            await broker.SendAsync(Queue, [Message(Large)], Cancellation);
            await broker.DeadLetterAsync(Queue, Assert.Single(await ReceiveAsync(broker, Queue)).LockToken!.Value, cancellationToken: Cancellation);
        }

        await AssertFullAsync(() => broker.SendAsync(Queue, [Message(Large)], Cancellation));
        await AssertFullAsync(() => broker.ScheduleAsync(Queue, [Message(Large)], TimeProvider.System.GetUtcNow().AddHours(1), Cancellation));
    }

    [Fact]
    public async Task The_size_of_a_queue_is_known_after_a_restart()
    {
        await using (var broker = Open())
            await FillAsync(broker);

        await using var reopened = Open();

        Assert.Equal(Fitting * AmqpSize.Measure(Message(Large)), await reopened.GetSizeAsync(Queue, Cancellation));
        await AssertFullAsync(() => reopened.SendAsync(Queue, [Message(Large)], Cancellation));
    }

    private static async Task AssertFullAsync(Func<Task> send) =>
        Assert.Equal(BrokerErrorReason.QuotaExceeded, (await Assert.ThrowsAsync<BrokerException>(send)).Reason);

    private static async Task FillAsync(EmbeddedBroker broker)
    {
        for (var i = 0; i < Fitting; i++)
            await broker.SendAsync(Queue, [Message(Large)], Cancellation);
    }

    private static BrokerMessage Message(int bytes) => new() { Body = new byte[bytes] };

    private static Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(EmbeddedBroker broker, string queue, ReceiveMode mode = ReceiveMode.PeekLock) =>
        broker.ReceiveAsync(queue, 1, TimeSpan.Zero, mode, Cancellation);

    private EmbeddedBroker Open() => EmbeddedBroker.Open(new BrokerOptions
    {
        DataDirectory = directory.Path,
        Queues = [new QueueOptions { Name = Queue, MaxSizeInMegabytes = 1 }],
    });
}
