using System.Net;
using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp.Security;
using EmbeddedServiceBus.Content;
using EmbeddedServiceBus.Management;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Emulator;

/// <summary>Tests of the read-only management with the SDK's administration client.</summary>
public sealed class ManagementListenerTests : IAsyncLifetime
{
    private const string Queue = "Orders";

    /// <summary>The number of further queues, which is enough for a second page.</summary>
    private const int OtherQueues = 120;

    // Real time, because the SDK's tokens are valid for an hour of real time.
    private readonly FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
    private EmbeddedBroker broker = null!;
    private ManagementListener listener = null!;

    private static CancellationToken Cancellation => BoundedTest.Token;

    public async ValueTask InitializeAsync()
    {
        broker = EmbeddedBroker.Open(new BrokerOptions
        {
            Queues =
            [
                new QueueOptions
                {
                    Name = Queue,
                    LockDuration = TimeSpan.FromSeconds(30),
                    MaxDeliveryCount = 2_000,
                    DuplicateDetectionWindow = TimeSpan.FromDays(7),
                    DefaultTimeToLive = TimeSpan.FromDays(14),
                    DeadLetterOnExpiry = true,
                    MaxSizeInMegabytes = 5_120,
                },
                .. Enumerable.Range(1, OtherQueues).Select(number => new QueueOptions { Name = $"other-{number:000}" }),
            ],
            TimeProvider = clock,
        });
        listener = await ManagementListener.OpenAsync(new ManagementListenerOptions { Broker = broker, Port = 0, TimeProvider = clock }, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        await broker.DisposeAsync();
    }

    [Fact]
    public async Task Messages_are_counted_by_their_state()
    {
        await broker.SendAsync(Queue, [.. Enumerable.Range(0, 6).Select(_ => new BrokerMessage { Body = new byte[100] })], Cancellation);
        await broker.ScheduleAsync(Queue, [new BrokerMessage(), new BrokerMessage()], clock.GetUtcNow().AddHours(1), Cancellation);
        var received = await broker.ReceiveAsync(Queue, 4, TimeSpan.Zero, ReceiveMode.PeekLock, Cancellation);
        await broker.DeadLetterAsync(Queue, received[0].LockToken!.Value, cancellationToken: Cancellation);
        await broker.DeferAsync(Queue, received[1].LockToken!.Value, cancellationToken: Cancellation);
        await broker.CompleteAsync(Queue, received[2].LockToken!.Value, Cancellation);

        QueueRuntimeProperties counts = await Client().GetQueueRuntimePropertiesAsync(Queue, Cancellation);

        Assert.Equal(Queue, counts.Name);
        // Three of six messages are left, and one of them is locked.
        Assert.Equal((3, 2, 1), (counts.ActiveMessageCount, counts.ScheduledMessageCount, counts.DeadLetterMessageCount));
        Assert.Equal(7, counts.TotalMessageCount);
        Assert.Equal((0, 0), (counts.TransferMessageCount, counts.TransferDeadLetterMessageCount));
        Assert.InRange(counts.SizeInBytes, 5 * AmqpSize.Measure(new BrokerMessage { Body = new byte[100] }), 2_000);
    }

    [Fact]
    public async Task A_queue_is_described_as_it_is_declared()
    {
        QueueProperties queue = await Client().GetQueueAsync(Queue, Cancellation);

        Assert.Equal(Queue, queue.Name);
        Assert.Equal(TimeSpan.FromSeconds(30), queue.LockDuration);
        Assert.Equal(2_000, queue.MaxDeliveryCount);
        Assert.True(queue.RequiresDuplicateDetection);
        Assert.Equal(TimeSpan.FromDays(7), queue.DuplicateDetectionHistoryTimeWindow);
        Assert.Equal(TimeSpan.FromDays(14), queue.DefaultMessageTimeToLive);
        Assert.True(queue.DeadLetteringOnMessageExpiration);
        Assert.Equal(5_120, queue.MaxSizeInMegabytes);
        Assert.False(queue.RequiresSession);
        Assert.False(queue.EnablePartitioning);
        Assert.Equal(EntityStatus.Active, queue.Status);
    }

    [Fact]
    public async Task A_queue_without_settings_has_those_of_the_service()
    {
        QueueProperties queue = await Client().GetQueueAsync("other-001", Cancellation);

        Assert.Equal(TimeSpan.FromMinutes(1), queue.LockDuration);
        Assert.Equal(10, queue.MaxDeliveryCount);
        Assert.False(queue.RequiresDuplicateDetection);
        Assert.Equal(TimeSpan.FromMinutes(10), queue.DuplicateDetectionHistoryTimeWindow);
        Assert.Equal(TimeSpan.MaxValue, queue.DefaultMessageTimeToLive);
        Assert.False(queue.DeadLetteringOnMessageExpiration);
        Assert.Equal(1_024, queue.MaxSizeInMegabytes);
    }

    [Fact]
    public async Task All_queues_are_listed_page_by_page()
    {
        var names = new List<string>();
        await foreach (var queue in Client().GetQueuesRuntimePropertiesAsync(Cancellation))
            names.Add(queue.Name);

        Assert.Equal([Queue, .. Enumerable.Range(1, OtherQueues).Select(number => $"other-{number:000}")], names.Order(StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task An_unknown_entity_is_not_found()
    {
        var client = Client();

        Assert.True(await client.QueueExistsAsync(Queue, Cancellation));
        Assert.True(await client.QueueExistsAsync("orders", Cancellation));
        Assert.False(await client.QueueExistsAsync("nothing", Cancellation));
        Assert.False(await client.QueueExistsAsync($"{Queue}/$deadletterqueue", Cancellation));
        Assert.False(await client.TopicExistsAsync("nothing", Cancellation));
        Assert.Empty(await client.GetTopicsAsync(Cancellation).ToListAsync(Cancellation));
        var exception = await Assert.ThrowsAsync<ServiceBusException>(() => client.GetQueueRuntimePropertiesAsync("nothing", Cancellation));
        Assert.Equal(ServiceBusFailureReason.MessagingEntityNotFound, exception.Reason);
    }

    [Fact]
    public async Task A_call_that_would_change_a_queue_is_refused_with_the_reason()
    {
        var client = Client();

        foreach (var change in new Func<Task>[]
        {
            () => client.CreateQueueAsync("new", Cancellation),
            async () => await client.UpdateQueueAsync(await client.GetQueueAsync(Queue, Cancellation), Cancellation),
            () => client.DeleteQueueAsync(Queue, Cancellation),
            () => client.CreateTopicAsync("new", Cancellation),
        })
        {
            var exception = await Assert.ThrowsAsync<ServiceBusException>(change);
            Assert.Contains("only read", exception.Message, StringComparison.Ordinal);
        }

        Assert.True(await client.QueueExistsAsync(Queue, Cancellation));
        Assert.False(await client.QueueExistsAsync("new", Cancellation));
    }

    [Theory]
    [InlineData("RootManageSharedAccessKey", "wrong")]
    [InlineData("Nobody", "SAS_KEY_VALUE")]
    public async Task A_client_with_another_key_reads_nothing(string name, string key)
    {
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Client(name, key).GetQueueAsync(Queue, Cancellation));
    }

    [Fact]
    public async Task A_token_that_has_expired_reads_nothing()
    {
        clock.Advance(TimeSpan.FromDays(1));

        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Client().GetQueueAsync(Queue, Cancellation));
    }

    [Fact]
    public async Task Health_is_answered_without_a_token_for_as_long_as_the_broker_works()
    {
        using var http = new HttpClient(new SocketsHttpHandler());
        var address = new Uri($"http://127.0.0.1:{listener.Port}/health");

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(address, Cancellation)).StatusCode);
        await broker.DisposeAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync(address, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_port_is_not_shared()
    {
        await Assert.ThrowsAnyAsync<IOException>(() => ManagementListener.OpenAsync(
            new ManagementListenerOptions { Broker = broker, Port = listener.Port, Address = IPAddress.Loopback }, Cancellation));
    }

    private ServiceBusAdministrationClient Client() => Client(SharedAccessKey.Emulator.Name, SharedAccessKey.Emulator.Value);

    private ServiceBusAdministrationClient Client(string name, string key) => new(
        $"Endpoint=sb://127.0.0.1:{listener.Port};SharedAccessKeyName={name};SharedAccessKey={key};UseDevelopmentEmulator=true;");
}
