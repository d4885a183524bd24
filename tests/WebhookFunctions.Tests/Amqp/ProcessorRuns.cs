using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>
/// Tests in which the SDK's processor empties a full queue, so that flows and transfers cross all the time. A listener that computes the session's
/// window from both hung in 4 of 10 such runs; <see cref="SessionWindowTests"/> shows the cause.
/// Two hundred runs in a row take minutes, and run only on demand:
/// <c>dotnet test tests/WebhookFunctions.Tests --filter FullyQualifiedName~ProcessorRuns --logger "console;verbosity=detailed" -- xUnit.Explicit=only</c>.
/// </summary>
public sealed class ProcessorRuns(ITestOutputHelper output)
{
    private const string Queue = "queue";
    private const int Messages = 3_000;
    private const int Chunk = 500;
    private const int ConcurrentCalls = 64;

    /// <summary>The maximum time without progress. A complete run takes about a second.</summary>
    private static readonly TimeSpan MaxIdleTime = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ServiceBusReceiveMode.PeekLock, 0)]
    [InlineData(ServiceBusReceiveMode.PeekLock, 200)]
    [InlineData(ServiceBusReceiveMode.ReceiveAndDelete, 50)]
    public Task A_processor_empties_a_full_queue(ServiceBusReceiveMode mode, int prefetch) => EmptyAsync(runs: 3, mode, prefetch);

    [Theory(Explicit = true)]
    [InlineData(ServiceBusReceiveMode.PeekLock, 0)]
    [InlineData(ServiceBusReceiveMode.PeekLock, 200)]
    [InlineData(ServiceBusReceiveMode.ReceiveAndDelete, 50)]
    public Task A_processor_empties_a_full_queue_two_hundred_times_in_a_row(ServiceBusReceiveMode mode, int prefetch) =>
        EmptyAsync(runs: 200, mode, prefetch);

    private async Task EmptyAsync(int runs, ServiceBusReceiveMode mode, int prefetch)
    {
        await using var broker = EmbeddedBroker.Open(new BrokerOptions { Queues = [new QueueOptions { Name = Queue }] });
        await using var listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0 });
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        for (var run = 1; run <= runs; run++)
        {
            foreach (var batch in Enumerable.Repeat(new BrokerMessage { Body = new byte[100] }, Messages).Chunk(Chunk))
                await broker.SendAsync(Queue, batch, Cancellation);
            var handled = await ProcessAsync(listener.ConnectionString, mode, prefetch);
            var counts = await broker.GetCountsAsync(Queue, Cancellation);
            Assert.True(handled == Messages && counts.Active == 0, $"Run {run}: {handled} of {Messages} handled; left: {counts}.");
        }

        output.WriteLine($"{runs} runs of {Messages} messages, {mode}, prefetch {prefetch}: {clock.GetElapsedTime(started).TotalSeconds:0} s.");
    }

    /// <returns>The number of handled messages, after all were handled or there was no progress.</returns>
    private static async Task<int> ProcessAsync(string connectionString, ServiceBusReceiveMode mode, int prefetch)
    {
        await using var client = new ServiceBusClient(connectionString);
        await using var processor = client.CreateProcessor(
            Queue,
            new ServiceBusProcessorOptions { MaxConcurrentCalls = ConcurrentCalls, PrefetchCount = prefetch, ReceiveMode = mode });
        var handled = 0;
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var standstill = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        processor.ProcessErrorAsync += error =>
        {
            last.TrySetException(error.Exception);
            return Task.CompletedTask;
        };
        processor.ProcessMessageAsync += _ =>
        {
            standstill.CancelAfter(MaxIdleTime);
            if (Interlocked.Increment(ref handled) == Messages)
                last.TrySetResult();
            return Task.CompletedTask;
        };
        standstill.CancelAfter(MaxIdleTime);
        await processor.StartProcessingAsync(Cancellation);
        try
        {
            await last.Task.WaitAsync(standstill.Token);
            // Waits for the running handlers, and until their messages are completed.
            await processor.StopProcessingAsync(Cancellation);
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            // There was no progress. The returned count fails the test.
        }

        return Volatile.Read(ref handled);
    }
}
