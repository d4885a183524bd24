using System.Text;
using EmbeddedServiceBus;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Broker;

public sealed class EmbeddedBrokerConcurrencyTests : IDisposable
{
    private const string Queue = "busy";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory directory = new();
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => BoundedTest.Token;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Operations_that_share_a_commit_keep_each_callers_order_and_each_batch_together()
    {
        const int Callers = 32;
        const int Batches = 20;
        const int BatchSize = 3;
        await using var broker = Open();

        // Not awaited one by one, because the sends of a caller must be executed in its order even if many are in progress.
        await Task.WhenAll(Enumerable.Range(0, Callers).SelectMany(caller => Enumerable.Range(0, Batches)
            .Select(batch => broker.SendAsync(Queue, [.. Enumerable.Range(0, BatchSize).Select(i => Message($"{caller}:{batch}:{i}"))], Cancellation))));

        var all = await broker.PeekAsync(Queue, 0, int.MaxValue, Cancellation);
        Assert.Equal(Enumerable.Range(1, Callers * Batches * BatchSize).Select(number => (long)number), all.Select(message => message.SequenceNumber));
        var parts = all.Select(Text).Select(text => text.Split(':').Select(int.Parse).ToArray()).ToList();
        Assert.All(parts.Chunk(BatchSize), batch =>
        {
            Assert.Equal([0, 1, 2], batch.Select(part => part[2]));
            Assert.Single(batch.Select(part => (part[0], part[1])).Distinct());
        });
        Assert.All(
            parts.GroupBy(part => part[0]), caller => Assert.Equal(caller.Select(part => part[1]).Order(), caller.Select(part => part[1])));
    }

    [Fact]
    public async Task A_refused_operation_does_not_affect_those_that_share_its_commit()
    {
        await using var broker = Open();

        var sends = Enumerable.Range(0, 100).Select(i => broker.SendAsync(Queue, [Message($"{i}")], Cancellation)).ToList();
        var completions = Enumerable.Range(0, 100).Select(_ => broker.CompleteAsync(Queue, Guid.NewGuid(), Cancellation)).ToList();

        await Task.WhenAll(sends);
        foreach (var completion in completions)
            Assert.Equal(BrokerErrorReason.MessageLockLost, (await Assert.ThrowsAsync<BrokerException>(() => completion)).Reason);
        Assert.Equal(100, (await broker.GetCountsAsync(Queue, Cancellation)).Active);
    }

    [Fact]
    public async Task A_call_that_was_cancelled_before_it_began_has_no_effect()
    {
        await using var broker = Open();
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => broker.SendAsync(Queue, [Message("a")], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => broker.ReceiveAsync(Queue, 1, TimeSpan.Zero, cancellationToken: cancelled));

        Assert.Equal(default, await broker.GetCountsAsync(Queue, Cancellation));
    }

    [Fact]
    public async Task Receivers_that_are_cancelled_while_messages_arrive_lose_none()
    {
        const int Messages = 500;
        await using var broker = Open();
        var (received, areAllSent) = (0, false);
        var receivers = Enumerable.Range(0, 8).Select(_ => Task.Run(ReceiveAsync, Cancellation)).ToList();

        foreach (var some in Enumerable.Range(0, Messages).Chunk(10))
            await Task.WhenAll(some.Select(i => broker.SendAsync(Queue, [Message($"{i}")], Cancellation)));

        Volatile.Write(ref areAllSent, true);
        await Task.WhenAll(receivers).WaitAsync(Bound, Cancellation);

        // A message that was given to a cancelled receive would stay locked, because the clock stands still.
        var left = await broker.ReceiveAsync(Queue, Messages, TimeSpan.Zero, cancellationToken: Cancellation);
        Assert.Equal(Messages, received + left.Count);

        // Cancels receives repeatedly at arbitrary moments, and completes every message that a receive still returns. On a busy machine most are
        // cancelled before the broker has begun with them.
        async Task ReceiveAsync()
        {
            while (!Volatile.Read(ref areAllSent))
            {
                using var cancellation = new CancellationTokenSource();
                var waiting = broker.ReceiveAsync(Queue, 1, Timeout.InfiniteTimeSpan, cancellationToken: cancellation.Token);
                await Task.Yield();
                await cancellation.CancelAsync();
                try
                {
                    foreach (var message in await waiting)
                    {
                        await broker.CompleteAsync(Queue, message.LockToken!.Value, Cancellation);
                        Interlocked.Increment(ref received);
                    }
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    // The receive was cancelled before a message arrived.
                }
            }
        }
    }

    [Fact]
    public async Task Very_many_messages_that_are_due_at_once_all_arrive()
    {
        const int Messages = 5_000;
        await using var broker = Open();
        foreach (var batch in Enumerable.Range(0, Messages).Chunk(500))
            await broker.ScheduleAsync(Queue, [.. batch.Select(i => Message($"{i}"))], clock.GetUtcNow() + TimeSpan.FromMinutes(1), Cancellation);

        clock.Advance(TimeSpan.FromMinutes(1));

        var received = new List<string>();
        while (received.Count < Messages)
        {
            var messages = await broker.ReceiveAsync(Queue, Messages, TimeSpan.FromMinutes(1), cancellationToken: Cancellation).WaitAsync(Bound, Cancellation);
            received.AddRange(messages.Select(Text));
        }

        Assert.Equal(Enumerable.Range(0, Messages), received.Select(int.Parse).Order());
    }

    [Fact]
    public async Task Closing_completes_earlier_requests_and_ends_the_waits()
    {
        var broker = Open();
        var waiting = broker.ReceiveAsync("idle", 1, Timeout.InfiniteTimeSpan, cancellationToken: Cancellation);
        var sends = Enumerable.Range(0, 100).Select(i => broker.SendAsync(Queue, [Message($"{i}")], Cancellation)).ToList();

        await broker.DisposeAsync();
        await broker.DisposeAsync();

        await Task.WhenAll(sends);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => broker.SendAsync(Queue, [Message("a")], Cancellation));
        await using var next = Open();
        Assert.Equal(100, (await next.GetCountsAsync(Queue, Cancellation)).Active);
    }

    [Fact]
    public async Task The_system_clock_triggers_due_work()
    {
        await using var broker = EmbeddedBroker.Open(new BrokerOptions { Queues = [new QueueOptions { Name = Queue, LockDuration = TimeSpan.FromMilliseconds(50) }] });
        await broker.ScheduleAsync(Queue, [Message("a")], TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(50), Cancellation);

        var first = await broker.ReceiveAsync(Queue, 1, Bound, cancellationToken: Cancellation);
        var again = await broker.ReceiveAsync(Queue, 1, Bound, cancellationToken: Cancellation);

        Assert.Equal((1, 2), (Assert.Single(first).DeliveryCount, Assert.Single(again).DeliveryCount));
    }

    private EmbeddedBroker Open() => EmbeddedBroker.Open(new BrokerOptions
    {
        DataDirectory = directory.Path,
        Queues = [new QueueOptions { Name = Queue }, new QueueOptions { Name = "idle" }],
        TimeProvider = clock,
    });

    private static BrokerMessage Message(string text) => new() { Body = Encoding.UTF8.GetBytes(text) };

    private static string Text(ReceivedMessage message) => Encoding.UTF8.GetString(message.Message.Body.Span);
}
