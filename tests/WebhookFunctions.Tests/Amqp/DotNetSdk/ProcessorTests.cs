using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Amqp.DotNetSdk;

/// <summary>Tests of the .NET SDK's processor, with which a Functions host receives messages.</summary>
public sealed class ProcessorTests
{
    private const int Messages = 200;

    private static CancellationToken Cancellation => SdkBench.Cancellation;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(16, 0)]
    [InlineData(16, 50)]
    public async Task Messages_are_completed_once_their_handlers_return(int concurrent, int prefetch)
    {
        await using var bench = SdkBench.Open();
        await bench.SendAsync(Enumerable.Range(0, Messages).Select(i => $"{i}"));
        var handled = new ConcurrentBag<ServiceBusReceivedMessage>();
        var all = new TaskCompletionSource();
        await using var processor = Processor(bench, new ServiceBusProcessorOptions { MaxConcurrentCalls = concurrent, PrefetchCount = prefetch });
        processor.ProcessMessageAsync += arguments =>
        {
            handled.Add(arguments.Message);
            if (handled.Count == Messages)
                all.TrySetResult();
            return Task.CompletedTask;
        };

        await RunAsync(processor, all.Task);

        Assert.Equal(Enumerable.Range(0, Messages), handled.Select(message => int.Parse(message.Body.ToString(), null)).Order());
        Assert.All(handled, message => Assert.Equal(1, message.DeliveryCount));
        Assert.Equal(default, await bench.CountsAsync());
    }

    [Fact]
    public async Task As_many_handlers_run_concurrently_as_the_options_allow()
    {
        const int Concurrent = 8;
        await using var bench = SdkBench.Open();
        await bench.SendAsync(Enumerable.Range(0, Concurrent + 1).Select(i => $"{i}"));
        var running = 0;
        var all = new TaskCompletionSource();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var processor = Processor(bench, new ServiceBusProcessorOptions { MaxConcurrentCalls = Concurrent });
        processor.ProcessMessageAsync += async _ =>
        {
            if (Interlocked.Increment(ref running) == Concurrent)
                all.TrySetResult();
            await release.Task;
        };

        await processor.StartProcessingAsync(Cancellation);
        await all.Task.WaitAsync(Cancellation);
        Assert.Equal(Concurrent, Volatile.Read(ref running));
        Assert.Equal(Concurrent, (await bench.CountsAsync()).Locked);
        var stopped = processor.StopProcessingAsync(Cancellation);
        release.SetResult();
        await stopped;

        // The message without a free handler is still in the queue, and was never delivered.
        Assert.Equal(1, (await bench.Receiver().ReceiveOneAsync()).DeliveryCount);
    }

    [Fact]
    public async Task Without_auto_completion_the_handler_settles_the_message()
    {
        await using var bench = SdkBench.Open();
        await bench.SendAsync("complete", "dead-letter", "defer", "leave");
        var handled = 0;
        var all = new TaskCompletionSource();
        await using var processor = Processor(bench, new ServiceBusProcessorOptions { AutoCompleteMessages = false });
        processor.ProcessMessageAsync += async arguments =>
        {
            await (arguments.Message.Body.ToString() switch
            {
                "complete" => arguments.CompleteMessageAsync(arguments.Message, Cancellation),
                "dead-letter" => arguments.DeadLetterMessageAsync(arguments.Message, "Reason", "Description", Cancellation),
                "defer" => arguments.DeferMessageAsync(arguments.Message, cancellationToken: Cancellation),
                _ => Task.CompletedTask,
            });
            if (Interlocked.Increment(ref handled) == 4)
                all.TrySetResult();
        };

        await RunAsync(processor, all.Task);

        var counts = await bench.CountsAsync();
        Assert.Equal((1, 1, 1, 1), (counts.Active, counts.Locked, counts.Deferred, counts.DeadLetters));
    }

    [Fact]
    public async Task A_message_whose_handler_throws_is_redelivered_until_it_is_dead_lettered()
    {
        await using var bench = SdkBench.Open();
        await bench.SendAsync("a");
        var errors = new ConcurrentQueue<ProcessErrorEventArgs>();
        var deliveries = new ConcurrentQueue<int>();
        var last = new TaskCompletionSource();
        await using var processor = Processor(bench, new ServiceBusProcessorOptions(), errors);
        processor.ProcessMessageAsync += arguments =>
        {
            deliveries.Enqueue(arguments.Message.DeliveryCount);
            if (deliveries.Count == SdkBench.MaxDeliveries)
                last.TrySetResult();
            throw new InvalidDataException("not today");
        };

        await RunAsync(processor, last.Task);

        Assert.Equal(Enumerable.Range(1, SdkBench.MaxDeliveries), deliveries);
        Assert.All(errors, error => Assert.Equal(ServiceBusErrorSource.ProcessMessageCallback, error.ErrorSource));
        Assert.All(errors, error => Assert.IsType<InvalidDataException>(error.Exception));
        Assert.Equal(SdkBench.MaxDeliveries, errors.Count);
        var dead = await bench.Receiver(from: SubQueue.DeadLetter).ReceiveOneAsync();
        Assert.Equal("MaxDeliveryCountExceeded", dead.DeadLetterReason);
    }

    [Fact]
    public async Task A_processor_that_stops_waits_for_the_running_handler_and_receives_nothing_more()
    {
        await using var bench = SdkBench.Open();
        await bench.SendAsync("a");
        var started = new TaskCompletionSource<CancellationToken>();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var processor = Processor(bench, new ServiceBusProcessorOptions());
        processor.ProcessMessageAsync += async arguments =>
        {
            started.TrySetResult(arguments.CancellationToken);
            await release.Task;
        };
        await processor.StartProcessingAsync(Cancellation);
        var stopping = await started.Task.WaitAsync(Cancellation);

        var cancelled = new TaskCompletionSource();
        await using var registration = stopping.Register(() => cancelled.TrySetResult());
        var stopped = processor.StopProcessingAsync(Cancellation);
        await cancelled.Task.WaitAsync(Cancellation);
        await bench.SendAsync("b");
        Assert.False(stopped.IsCompleted);
        release.SetResult();
        await stopped;

        var left = await bench.Receiver().ReceiveOneAsync();
        Assert.Equal(("b", 1), (left.Body.ToString(), left.DeliveryCount));
        Assert.Equal(1, (await bench.CountsAsync()).Active);
    }

    [Fact]
    public async Task A_handler_that_outlives_its_lock_loses_the_message_to_another()
    {
        await using var bench = SdkBench.Open(out var clock);
        await bench.SendAsync("a");
        var errors = new ConcurrentQueue<ProcessErrorEventArgs>();
        var again = new TaskCompletionSource();
        var done = new TaskCompletionSource();
        await using var processor = Processor(
            bench, new ServiceBusProcessorOptions { MaxConcurrentCalls = 2, MaxAutoLockRenewalDuration = TimeSpan.Zero }, errors);
        processor.ProcessMessageAsync += async arguments =>
        {
            if (arguments.Message.DeliveryCount > 1)
            {
                again.TrySetResult();
                return;
            }

            clock.Advance(SdkBench.LockDuration);
            await again.Task.WaitAsync(Cancellation);
            done.TrySetResult();
        };

        await RunAsync(processor, done.Task);

        var error = Assert.Single(errors);
        Assert.Equal(ServiceBusErrorSource.Complete, error.ErrorSource);
        Assert.Equal(ServiceBusFailureReason.MessageLockLost, Assert.IsType<ServiceBusException>(error.Exception).Reason);
        Assert.Equal(default, await bench.CountsAsync());
    }

    /// <summary>Runs in real time, because the SDK renews by its own timers.</summary>
    [Fact]
    public async Task The_lock_of_a_message_is_renewed_while_its_handler_runs()
    {
        var lockDuration = TimeSpan.FromSeconds(4);
        await using var bench = SdkBench.OpenInRealTime(queue => queue with { LockDuration = lockDuration });
        await bench.SendAsync("a");
        var deliveries = 0;
        var done = new TaskCompletionSource();
        await using var processor = Processor(bench, new ServiceBusProcessorOptions { MaxConcurrentCalls = 2 });
        processor.ProcessMessageAsync += async arguments =>
        {
            Interlocked.Increment(ref deliveries);
            var first = arguments.Message.LockedUntil;
            await Eventually.TrueAsync(
                () => Task.FromResult(arguments.Message.LockedUntil > first + (lockDuration * 2.5)), "a lock that was renewed several times");
            done.TrySetResult();
        };

        await RunAsync(processor, done.Task);

        Assert.Equal(1, deliveries);
        Assert.Equal(default, await bench.CountsAsync());
    }

    /// <param name="bench">The bench with the queue.</param>
    /// <param name="options">The processor's options.</param>
    /// <param name="errors">Receives the errors. If null, an error fails the test when the processor is disposed.</param>
    private static ServiceBusProcessor Processor(SdkBench bench, ServiceBusProcessorOptions options, ConcurrentQueue<ProcessErrorEventArgs>? errors = null)
    {
        var processor = bench.Client.CreateProcessor(SdkBench.Queue, options);
        processor.ProcessErrorAsync += error =>
        {
            if (errors is null)
                TestContext.Current.TestOutputHelper?.WriteLine($"{error.ErrorSource}: {error.Exception}");
            errors?.Enqueue(error);
            return Task.CompletedTask;
        };
        return processor;
    }

    /// <summary>Runs the processor until <paramref name="enough"/> completes, and stops it, which waits until the handled messages are settled.</summary>
    private static async Task RunAsync(ServiceBusProcessor processor, Task enough)
    {
        await processor.StartProcessingAsync(Cancellation);
        await enough.WaitAsync(Cancellation);
        await processor.StopProcessingAsync(Cancellation);
    }
}
