using EmbeddedServiceBus;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Broker;

/// <summary>Tests of writes that fail within a shared transaction. A trigger in the file makes them fail.</summary>
public sealed class BrokenFileTests : IDisposable
{
    private const string Queue = "queue";
    private const string Other = "other";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory directory = new();
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => BoundedTest.Token;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task An_operation_that_cannot_be_written_does_not_fail_the_others()
    {
        await using var broker = await OpenBrokenAsync("BEFORE INSERT ON payload WHEN NEW.message_id = 'poison'");

        var poison = broker.SendAsync(Queue, [Message("a"), Message("poison")], Cancellation);
        var others = Enumerable.Range(0, 50).Select(i => broker.SendAsync(Queue, [Message($"{i}")], Cancellation)).ToList();

        await AssertFailsAsync(poison);
        await Task.WhenAll(others).WaitAsync(Bound, Cancellation);
        var remaining = await broker.PeekAsync(Queue, 0, 100, Cancellation);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), remaining.Select(message => message.Message.MessageId));
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), remaining.Select(message => message.SequenceNumber));
        Assert.Equal(50, (await broker.GetCountsAsync(Queue, Cancellation)).Active);
    }

    [Fact]
    public async Task A_receiver_whose_message_cannot_be_locked_gets_the_error_and_the_others_get_theirs()
    {
        await using var broker = await OpenBrokenAsync("BEFORE UPDATE ON message WHEN NEW.lock_token IS NOT NULL AND NEW.sequence = 1 AND NEW.entity = 2");
        var waiting = broker.ReceiveAsync(Queue, 1, Timeout.InfiniteTimeSpan, cancellationToken: Cancellation);
        var elsewhere = broker.ReceiveAsync(Other, 1, Timeout.InfiniteTimeSpan, cancellationToken: Cancellation);

        await broker.SendAsync(Queue, [Message("a")], Cancellation);
        await broker.SendAsync(Other, [Message("b")], Cancellation);

        await AssertFailsAsync(waiting);
        Assert.Single(await elsewhere.WaitAsync(Bound, Cancellation));
        Assert.Equal(1, await broker.DeleteAsync(Queue, [1], Cancellation));
        await broker.SendAsync(Queue, [Message("c")], Cancellation);
        Assert.Single(await broker.ReceiveAsync(Queue, 1, TimeSpan.Zero, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Due_work_that_fails_is_retried_after_a_pause_and_delays_no_caller()
    {
        await using var broker = await OpenBrokenAsync("BEFORE UPDATE ON message WHEN OLD.state = 2");
        var number = Assert.Single(await broker.ScheduleAsync(Queue, [Message("stuck")], clock.GetUtcNow() + TimeSpan.FromMinutes(1), Cancellation));
        clock.Advance(TimeSpan.FromMinutes(1));

        await broker.SendAsync(Queue, [Message("free")], Cancellation);

        var received = Assert.Single(await broker.ReceiveAsync(Queue, 10, TimeSpan.Zero, cancellationToken: Cancellation));
        Assert.Equal("free", received.Message.MessageId);
        await broker.DeleteAsync(Queue, [number], Cancellation);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, Assert.Single(await broker.ReceiveAsync(Queue, 10, TimeSpan.Zero, cancellationToken: Cancellation)).DeliveryCount);
    }

    /// <param name="trigger">The condition of the SQLite trigger that makes a write fail.</param>
    private async Task<EmbeddedBroker> OpenBrokenAsync(string trigger)
    {
        await Open().DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(directory.Path, "broker.db")};Pooling=False"))
        {
            await connection.OpenAsync(Cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = $"CREATE TRIGGER broken {trigger} BEGIN SELECT RAISE(ABORT, 'broken'); END";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        return Open();
    }

    private EmbeddedBroker Open() => EmbeddedBroker.Open(new BrokerOptions
    {
        DataDirectory = directory.Path,
        Queues = [new QueueOptions { Name = Queue }, new QueueOptions { Name = Other }],
        TimeProvider = clock,
    });

    private static BrokerMessage Message(string id) => new() { MessageId = id };

    private static async Task AssertFailsAsync(Task call) => Assert.Equal(
        BrokerErrorReason.ServiceCommunicationProblem,
        (await Assert.ThrowsAsync<BrokerException>(() => call.WaitAsync(Bound, Cancellation))).Reason);
}
