using Azure.Messaging.ServiceBus;
using LocalHost.ServiceBus;
using Microsoft.Extensions.Logging.Abstractions;
using WebhookFunctions.Messaging;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.DeadLetters;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests of the limits of a scan of dead letters: its rate, its duration, and the number of locked messages. A wait advances a
/// simulated clock.</summary>
public sealed class DeadLetterScanTests : IAsyncDisposable
{
    private readonly SkippingClock _clock = new();
    private readonly DeadQueue _queue = new();
    private int _links;

    public ValueTask DisposeAsync() => _queue.DisposeAsync();

    [Fact]
    public async Task Dead_letters_are_handled_at_a_bounded_rate()
    {
        _queue.Fill(100);

        Assert.False(await RunAsync(_ => DeadLetterAction.Complete));

        Assert.Equal(100, _queue.Completed.Count);
        // At most 50 a second.
        Assert.Equal(TimeSpan.FromSeconds(2), _clock.Elapsed);
    }

    [Fact]
    public async Task Work_that_is_slower_than_the_rate_limit_is_not_delayed()
    {
        _queue.Fill(40);

        await RunAsync(_ =>
        {
            _clock.Skip(TimeSpan.FromMilliseconds(30));
            return DeadLetterAction.Complete;
        });

        Assert.Equal(TimeSpan.FromMilliseconds(30) * 40, _clock.Elapsed);
    }

    [Fact]
    public async Task A_scan_ends_within_seconds_and_reports_that_there_is_more()
    {
        _queue.Fill(10_000);

        Assert.True(await RunAsync(_ => DeadLetterAction.Complete));

        Assert.InRange(_clock.Elapsed, OperatorTimes.WorkLimit, OperatorTimes.WorkLimit + TimeSpan.FromSeconds(1));
        Assert.Equal(160, _queue.Completed.Count);
    }

    [Fact]
    public async Task Dead_letters_that_stay_are_locked_up_to_a_limit_and_then_all_released()
    {
        _queue.Fill(1500);

        Assert.True(await RunAsync(_ => DeadLetterAction.Keep));

        Assert.InRange(_queue.MaxHeld, 700, 1000);
        Assert.Equal((0, 1500), (_queue.Held, _queue.Waiting));
    }

    [Fact]
    public async Task A_scan_by_maintenance_gets_past_ten_thousand_dead_letters_before_their_locks_expire()
    {
        _queue.Fill(10_001);
        var found = 0;

        await RunAsync(
            message => message.SequenceNumber > 9_990 ? Find() : DeadLetterAction.Keep, () => found == 0, DeadLetterScan.MaintenanceLimit);

        Assert.Equal((0, 10_001 - found), (_queue.Held, _queue.Waiting));
        Assert.InRange(found, 1, 20);
        Assert.InRange(_clock.Elapsed, TimeSpan.Zero, QueueDefinitions.All.Min(queue => queue.LockDuration) - TimeSpan.FromSeconds(5));
        // Each link holds about a thousand.
        Assert.Equal(10, _links);

        DeadLetterAction Find()
        {
            found++;
            return DeadLetterAction.Complete;
        }
    }

    [Fact]
    public async Task The_memory_for_dead_letters_that_stay_is_bounded()
    {
        _queue.Fill(500, bytes: 1024 * 1024);

        Assert.True(await RunAsync(_ => DeadLetterAction.Keep, limit: DeadLetterScan.MaintenanceLimit));

        Assert.InRange(_queue.MaxHeld, 128, 148);
        Assert.Equal((0, 500), (_queue.Held, _queue.Waiting));
    }

    [Fact]
    public async Task A_scan_stops_when_its_caller_needs_no_more()
    {
        _queue.Fill(100);

        Assert.False(await RunAsync(_ => DeadLetterAction.Complete, () => _queue.Completed.Count < 10));

        Assert.Equal(20, _queue.Completed.Count);
    }

    [Fact]
    public async Task Received_dead_letters_are_released_if_their_handling_fails()
    {
        _queue.Fill(30);

        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(
            message => message.SequenceNumber == 7 ? throw new TimeoutException() : DeadLetterAction.Complete));

        Assert.Equal([1, 2, 3, 4, 5, 6], _queue.Completed);
        Assert.Equal((0, 24), (_queue.Held, _queue.Waiting));
    }

    [Fact]
    public async Task A_broker_that_is_unavailable_when_the_rest_is_released_does_not_change_the_answer()
    {
        _queue.Fill(30);
        _queue.RefusesToRelease = true;

        Assert.False(await RunAsync(message => message.SequenceNumber % 2 == 0 ? DeadLetterAction.Keep : DeadLetterAction.Complete));

        Assert.Equal((15, 15), (_queue.Completed.Count, _queue.Held));
    }

    private Task<bool> RunAsync(Func<ServiceBusReceivedMessage, DeadLetterAction> handle, Func<bool>? shouldContinue = null, TimeSpan? limit = null) =>
        new DeadLetterScan(new DeadLetterQueues(new Client(_queue, () => _links++)), _clock, NullLogger<DeadLetterScan>.Instance).RunAsync(
            QueueNames.AssetDownloads,
            limit ?? OperatorTimes.WorkLimit,
            shouldContinue ?? (() => true),
            message => Task.FromResult(handle(message)),
            TestContext.Current.CancellationToken);

    private sealed class Client(DeadQueue queue, Action onLink) : ServiceBusClient
    {
        public override ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options)
        {
            Assert.Equal(SubQueue.DeadLetter, options.SubQueue);
            onLink();
            return queue;
        }
    }

    /// <summary>Receiver of dead letters in their order. A locked one is not received again, and a released one is, at its old place.</summary>
    private sealed class DeadQueue : ServiceBusReceiver
    {
        private readonly SortedDictionary<long, ServiceBusReceivedMessage> _waiting = [];
        private readonly Dictionary<long, ServiceBusReceivedMessage> _held = [];

        public List<long> Completed { get; } = [];

        public bool RefusesToRelease { get; set; }

        public int Held => _held.Count;

        public int Waiting => _waiting.Count;

        public int MaxHeld { get; private set; }

        public void Fill(int count, int bytes = 0)
        {
            var body = BinaryData.FromBytes(new byte[bytes]);
            for (var number = 1L; number <= count; number++)
            {
                _waiting.Add(number, ServiceBusModelFactory.ServiceBusReceivedMessage(body, sequenceNumber: number));
            }
        }

        public override Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveMessagesAsync(
            int maxMessages, TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default)
        {
            ServiceBusReceivedMessage[] batch = [.. _waiting.Values.Take(maxMessages)];
            foreach (var message in batch)
            {
                _waiting.Remove(message.SequenceNumber);
                _held.Add(message.SequenceNumber, message);
            }

            MaxHeld = Math.Max(MaxHeld, _held.Count);
            if (batch.Length == 0)
            {
                Assert.InRange(maxWaitTime!.Value, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(5));
            }

            return Task.FromResult<IReadOnlyList<ServiceBusReceivedMessage>>(batch);
        }

        public override Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
        {
            Assert.True(_held.Remove(message.SequenceNumber));
            Completed.Add(message.SequenceNumber);
            return Task.CompletedTask;
        }

        public override Task AbandonMessageAsync(
            ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default)
        {
            if (RefusesToRelease)
            {
                return Task.FromException(new ServiceBusException("Away.", ServiceBusFailureReason.ServiceCommunicationProblem));
            }

            Assert.True(_held.Remove(message.SequenceNumber));
            _waiting.Add(message.SequenceNumber, message);
            return Task.CompletedTask;
        }

#pragma warning disable CA2215 // The base would close the connection of a client that has none.
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
#pragma warning restore CA2215
    }
}
