using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>
/// The SDK's processor before a full queue, until the queue is empty. Flows and transfers cross all the time there; a listener that computes
/// the session's window from both stood still in 4 of 10 such runs (<see cref="SessionWindowTests"/> has the cause).
/// Two hundred runs in a row take minutes, so only when they are asked for by name:
/// <c>dotnet test tests/WebhookFunctions.Tests --filter FullyQualifiedName~ProcessorRuns --logger "console;verbosity=detailed" -- xUnit.Explicit=only</c>.
/// </summary>
public sealed class ProcessorRuns(ITestOutputHelper output)
{
    private const string Queue = "queue";
    private const int Messages = 3_000;
    private const int Chunk = 500;
    private const int ConcurrentCalls = 64;

    /// <summary>How long there may be no progress. A run that works takes a second in all.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

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

    /// <returns>How many messages were handled when all were, or when nothing happened any more.</returns>
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
            standstill.CancelAfter(Patience);
            if (Interlocked.Increment(ref handled) == Messages)
                last.TrySetResult();
            return Task.CompletedTask;
        };
        standstill.CancelAfter(Patience);
        await processor.StartProcessingAsync(Cancellation);
        try
        {
            await last.Task.WaitAsync(standstill.Token);
            // Handlers that run still are waited for, and with them what is completed last.
            await processor.StopProcessingAsync(Cancellation);
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            // No progress: the count shows it.
        }

        return Volatile.Read(ref handled);
    }
}
