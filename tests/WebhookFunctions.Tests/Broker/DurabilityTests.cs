using System.Text;
using EmbeddedServiceBus;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Broker;

public sealed class DurabilityTests : IDisposable
{
    private const string Queue = "kept";
    private const string DeadLetters = "kept/$deadletterqueue";
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly TemporaryDirectory directory = new();
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => BoundedTest.Token;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Messages_in_every_state_are_there_after_a_restart()
    {
        await using (var broker = Open())
        {
            await SendAsync(broker, "dead", "deferred", "active");
            await broker.ScheduleAsync(Queue, [Message("scheduled")], clock.GetUtcNow() + TimeSpan.FromHours(1), Cancellation);
            var received = await ReceiveAsync(broker, Queue, 2);
            await broker.DeadLetterAsync(Queue, received[0].LockToken!.Value, "Reason", cancellationToken: Cancellation);
            await broker.DeferAsync(Queue, received[1].LockToken!.Value, cancellationToken: Cancellation);
        }

        await using var reopened = Open();

        var remaining = await reopened.PeekAsync(Queue, 0, 10, Cancellation);
        Assert.Equal(["deferred", "active", "scheduled"], remaining.Select(Text));
        Assert.Equal([MessageState.Deferred, MessageState.Active, MessageState.Scheduled], remaining.Select(message => message.State));
        Assert.Equal("dead", Text(Assert.Single(await reopened.PeekAsync(DeadLetters, 0, 10, Cancellation))));
        Assert.Equal(new QueueCounts(Active: 1, Scheduled: 1, Deferred: 1, Locked: 0, DeadLetters: 1), await reopened.GetCountsAsync(Queue, Cancellation));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["active", "scheduled"], (await ReceiveAsync(reopened, Queue, 10)).Select(Text));
    }

    [Fact]
    public async Task Work_that_became_due_while_no_broker_ran_is_done_at_the_next_start()
    {
        await using (var broker = Open())
            await broker.ScheduleAsync(Queue, [Message("a")], clock.GetUtcNow() + TimeSpan.FromHours(1), Cancellation);
        clock.Advance(TimeSpan.FromDays(1));

        await using var reopened = Open();

        Assert.Equal("a", Text(Assert.Single(await ReceiveAsync(reopened, Queue, 10))));
    }

    [Fact]
    public async Task A_sequence_number_is_never_assigned_twice()
    {
        long last;
        await using (var broker = Open())
        {
            await SendAsync(broker, "a", "b");
            last = (await broker.ReceiveAsync(Queue, 10, TimeSpan.Zero, ReceiveMode.ReceiveAndDelete, Cancellation))[^1].SequenceNumber;
        }

        await using var reopened = Open();
        await SendAsync(reopened, "c");

        Assert.Equal(last + 1, Assert.Single(await ReceiveAsync(reopened, Queue, 10)).SequenceNumber);
    }

    [Fact]
    public async Task A_duplicate_is_detected_after_a_restart()
    {
        await using (var broker = Open())
            await broker.SendAsync(Queue, [Message("a") with { MessageId = "id" }], Cancellation);

        await using var reopened = Open();
        await reopened.SendAsync(Queue, [Message("b") with { MessageId = "id" }], Cancellation);

        Assert.Equal("a", Text(Assert.Single(await ReceiveAsync(reopened, Queue, 10))));
    }

    [Fact]
    public async Task Locks_of_the_previous_process_are_released_at_once_and_counted()
    {
        await using (var broker = Open())
        {
            await SendAsync(broker, "a");
            await ReceiveAsync(broker, Queue, 1);
        }

        await using var reopened = Open();

        Assert.Equal(2, Assert.Single(await ReceiveAsync(reopened, Queue, 10)).DeliveryCount);
    }

    [Fact]
    public async Task A_message_whose_processes_die_is_dead_lettered_at_its_maximum_delivery_count()
    {
        await using (var broker = Open())
            await SendAsync(broker, "poison");

        for (var life = 0; life < 10; life++)
        {
            await using var broker = Open();
            await ReceiveAsync(broker, Queue, 1);
        }

        await using var last = Open();
        Assert.Equal("poison", Text(Assert.Single(await last.PeekAsync(DeadLetters, 0, 10, Cancellation))));
    }

    [Fact]
    public async Task Locks_survive_a_restart_if_the_options_say_so()
    {
        Guid token;
        await using (var broker = Open())
        {
            await SendAsync(broker, "a", "b");
            token = (await ReceiveAsync(broker, Queue, 2))[0].LockToken!.Value;
        }

        await using var reopened = Open(releaseLocks: false);

        Assert.Empty(await ReceiveAsync(reopened, Queue, 10));
        await reopened.CompleteAsync(Queue, token, Cancellation);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("b", Text(Assert.Single(await ReceiveAsync(reopened, Queue, 10))));
    }

    [Fact]
    public async Task A_directory_belongs_to_one_broker_at_a_time()
    {
        await using (var broker = Open())
        {
            var exception = Assert.Throws<IOException>(() => Open());
            Assert.Contains(directory.Path, exception.Message, StringComparison.Ordinal);
            await SendAsync(broker, "a");
        }

        await using var next = Open();
        Assert.Single(await ReceiveAsync(next, Queue, 10));
    }

    [Fact]
    public async Task A_queue_that_is_not_declared_keeps_its_messages_until_it_is_declared_again()
    {
        await using (var broker = Open())
            await SendAsync(broker, "a");

        await using (var without = EmbeddedBroker.Open(Options() with { Queues = [new QueueOptions { Name = "other" }] }))
        {
            var exception = await Assert.ThrowsAsync<BrokerException>(() => without.PeekAsync(Queue, 0, 1, Cancellation));
            Assert.Equal(BrokerErrorReason.MessagingEntityNotFound, exception.Reason);
        }

        await using var with = Open();
        Assert.Single(await ReceiveAsync(with, Queue, 10));
    }

    [Fact]
    public async Task A_file_of_another_version_is_not_changed()
    {
        await using (Open())
        {
        }

        Run("PRAGMA user_version = 99");

        Assert.Throws<InvalidDataException>(() => Open());
        Assert.Equal(99, Scalar("PRAGMA user_version"));
    }

    [Fact]
    public async Task Ids_whose_window_has_passed_are_removed_from_the_file()
    {
        await using (var broker = Open())
        {
            // More ids than one transaction removes.
            foreach (var batch in Enumerable.Range(0, 5_000).Chunk(500))
                await broker.SendAsync(Queue, [.. batch.Select(i => Message("x") with { MessageId = $"{i}" })], Cancellation);
            clock.Advance(Window / 2);
            await broker.SendAsync(Queue, [Message("x") with { MessageId = "young" }], Cancellation);
            clock.Advance(Window / 2);
            // Each call makes the writer check for due work once, and three checks remove all ids.
            for (var i = 0; i < 5; i++)
                await broker.GetCountsAsync(Queue, Cancellation);
        }

        Assert.Equal(1, Scalar("SELECT count(*) FROM duplicate"));
    }

    [Fact]
    public async Task An_id_that_was_sent_again_after_its_window_is_not_removed_with_its_first_row()
    {
        await using var broker = Open();
        var again = Message("x") with { MessageId = "again" };
        await broker.SendAsync(Queue, [Message("x") with { MessageId = "first" }], Cancellation);
        clock.Advance(TimeSpan.FromSeconds(1));
        await broker.SendAsync(Queue, [again], Cancellation);

        // The first row is removed now. The other one expires a second later, and the next cleanup removes it.
        clock.Advance(Window - TimeSpan.FromSeconds(1));
        await broker.GetCountsAsync(Queue, Cancellation);
        clock.Advance(TimeSpan.FromSeconds(2));
        await broker.SendAsync(Queue, [again], Cancellation);
        clock.Advance(TimeSpan.FromMinutes(2));
        await broker.SendAsync(Queue, [again], Cancellation);

        Assert.Equal(3, (await broker.GetCountsAsync(Queue, Cancellation)).Active);
    }

    [Fact]
    public async Task An_id_whose_message_could_not_be_stored_still_counts_as_new()
    {
        await using var broker = EmbeddedBroker.Open(Options() with { MaxFileBytes = 1_000_000 });
        var filler = Enumerable.Range(0, 6).Select(i => new BrokerMessage { MessageId = $"{i}", Body = new byte[200_000] }).ToList();
        var unsent = new List<BrokerMessage>();
        foreach (var message in filler)
        {
            if (await Record.ExceptionAsync(() => broker.SendAsync(Queue, [message], Cancellation)) is not null)
                unsent.Add(message);
        }

        Assert.NotEmpty(unsent);
        await broker.ReceiveAsync(Queue, filler.Count, TimeSpan.Zero, ReceiveMode.ReceiveAndDelete, Cancellation);
        await broker.SendAsync(Queue, [unsent[0]], Cancellation);

        Assert.Equal(1, (await broker.GetCountsAsync(Queue, Cancellation)).Active);
    }

    [Fact]
    public async Task A_file_of_the_first_version_is_migrated()
    {
        await using (var broker = Open())
            await SendAsync(broker, "kept");
        var (over, young) = (clock.GetUtcNow().UtcTicks, (clock.GetUtcNow() + Window).UtcTicks);
        Run($"""
            ALTER TABLE message DROP COLUMN size;
            DROP TABLE duplicate;
            CREATE TABLE duplicate (queue INTEGER NOT NULL, message_id TEXT NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (queue, message_id))
                WITHOUT ROWID;
            CREATE INDEX duplicate_expiry ON duplicate (expires_at);
            INSERT INTO duplicate SELECT id, 'young', {young} FROM queue UNION SELECT id, 'over', {over} FROM queue;
            PRAGMA user_version = 1;
            """);

        await using (var broker = Open())
        {
            await broker.SendAsync(Queue, [Message("x") with { MessageId = "young" }, Message("y") with { MessageId = "over" }], Cancellation);
            Assert.Equal(["kept", "y"], (await ReceiveAsync(broker, Queue, 10)).Select(Text));
        }

        Assert.Equal(2, Scalar("SELECT count(*) FROM duplicate"));
    }

    [Fact]
    public async Task Removed_messages_leave_nothing_in_the_file()
    {
        await using (var broker = Open())
        {
            await SendAsync(broker, "completed", "deleted", "dead and deleted");
            await broker.ScheduleAsync(Queue, [Message("cancelled")], clock.GetUtcNow() + TimeSpan.FromHours(1), Cancellation);
            var received = await ReceiveAsync(broker, Queue, 3);
            await broker.CompleteAsync(Queue, received[0].LockToken!.Value, Cancellation);
            Assert.Equal(1, await broker.DeleteAsync(Queue, [received[1].SequenceNumber, 99], Cancellation));
            await broker.DeadLetterAsync(Queue, received[2].LockToken!.Value, cancellationToken: Cancellation);
            Assert.Equal(1, await broker.DeleteAsync(DeadLetters, [received[2].SequenceNumber], Cancellation));
            await broker.CancelScheduledAsync(Queue, [4], Cancellation);
            Assert.Equal(default, await broker.GetCountsAsync(Queue, Cancellation));
        }

        Assert.Equal(0, Scalar("SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM payload)"));
    }

    [Fact]
    public async Task A_full_file_refuses_only_sends_that_do_not_fit()
    {
        await using var broker = EmbeddedBroker.Open(Options() with { MaxFileBytes = 1_000_000 });
        await SendAsync(broker, "small");
        var large = new BrokerMessage { Body = new byte[200_000] };

        var sends = Enumerable.Range(0, 20).Select(_ => broker.SendAsync(Queue, [large], Cancellation)).ToList();
        var small = Assert.Single(await ReceiveAsync(broker, Queue, 1));
        await broker.CompleteAsync(Queue, small.LockToken!.Value, Cancellation);

        var refusedCount = 0;
        foreach (var send in sends)
        {
            if (await Record.ExceptionAsync(() => send) is { } exception)
            {
                Assert.Equal(BrokerErrorReason.QuotaExceeded, Assert.IsType<BrokerException>(exception).Reason);
                refusedCount++;
            }
        }

        Assert.InRange(refusedCount, 1, 19);
        Assert.Equal(20 - refusedCount, (await broker.GetCountsAsync(Queue, Cancellation)).Active);
        var fitting = await broker.ReceiveAsync(Queue, 20, TimeSpan.Zero, ReceiveMode.ReceiveAndDelete, Cancellation);
        Assert.Equal(20 - refusedCount, fitting.Count);
        await broker.SendAsync(Queue, [large], Cancellation);
    }

    private BrokerOptions Options() => new()
    {
        DataDirectory = directory.Path,
        Queues = [new QueueOptions { Name = Queue, DuplicateDetectionWindow = Window }],
        TimeProvider = clock,
    };

    private EmbeddedBroker Open(bool releaseLocks = true) => EmbeddedBroker.Open(Options() with { ReleaseLocksOnOpen = releaseLocks });

    private static BrokerMessage Message(string text) => new() { Body = Encoding.UTF8.GetBytes(text) };

    private static string Text(ReceivedMessage message) => Encoding.UTF8.GetString(message.Message.Body.Span);

    private static Task SendAsync(EmbeddedBroker broker, params string[] texts) =>
        broker.SendAsync(Queue, [.. texts.Select(Message)], Cancellation);

    private static Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(EmbeddedBroker broker, string queue, int count) =>
        broker.ReceiveAsync(queue, count, TimeSpan.Zero, cancellationToken: Cancellation);

    private void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(directory.Path, "broker.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private long Scalar(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(directory.Path, "broker.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
