using System.Diagnostics;
using Azure.Messaging.ServiceBus;

namespace BrokerConsole;

/// <summary>
/// Measurement of the emulator: its start time, processor time and memory, and its throughput between clients of the .NET SDK in messages of 1 KiB.
/// The clients run in this process, on the same processors.
/// </summary>
internal static class EmulatorMeasurement
{
    private const string Queue = "webhook-events";
    private const int BodyBytes = 1_024;
    private const int Starts = 10;
    private const int Connections = 100;
    private const int Messages = 20_000;
    private const int Backlog = 100_000;
    private const int BatchSize = 200;
    private const int Callers = 64;
    private const int Rounds = 3;

    public static async Task<int> RunAsync()
    {
        var directory = Directory.CreateTempSubdirectory("service-bus-emulator-").FullName;
        await MeasureStartsAsync("in memory", directory: null);
        await MeasureStartsAsync("with a data directory", directory);
        await MeasureConnectionsAsync();
        await MeasureMessagesAsync(directory);
        Directory.Delete(directory, recursive: true);
        return 0;
    }

    private static async Task MeasureStartsAsync(string condition, string? directory)
    {
        var times = new List<double>();
        var processor = new List<double>();
        var memory = new List<double>();
        for (var i = 0; i < Starts; i++)
        {
            await using var emulator = await EmulatorProcess.StartAsync(directory);
            times.Add(emulator.StartTime.TotalMilliseconds);
            processor.Add(emulator.ProcessorTime.TotalMilliseconds);
            memory.Add(emulator.WorkingSetMiB);
        }

        await Console.Out.WriteLineAsync(
            $"{Starts} starts {condition}: ready after {times.Min():N0} to {times.Max():N0} ms, {processor.Min():N0} to {processor.Max():N0} ms of "
            + $"processor time, {memory.Min():N0} to {memory.Max():N0} MiB");
    }

    private static async Task MeasureConnectionsAsync()
    {
        await using var emulator = await EmulatorProcess.StartAsync(directory: null);
        var clients = Enumerable.Range(0, Connections).Select(_ => new ServiceBusClient(emulator.ConnectionString)).ToList();
        await Task.WhenAll(clients.Select(async client => await client.CreateReceiver(Queue).PeekMessageAsync()));
        await Console.Out.WriteLineAsync($"{Connections} connections: {emulator.WorkingSetMiB:N0} MiB");
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
    }

    private static async Task MeasureMessagesAsync(string directory)
    {
        await using (var emulator = await EmulatorProcess.StartAsync(directory))
        {
            await using var client = new ServiceBusClient(emulator.ConnectionString);
            // The first round warms up the JIT compiler and is not reported.
            for (var round = 0; round <= Rounds; round++)
                await MeasureRoundAsync(round, emulator, client);
            await Console.Out.WriteLineAsync($"After {(Rounds + 1) * Messages:N0} messages: {emulator.WorkingSetMiB:N0} MiB");
            await FillAsync(client);
            await Console.Out.WriteLineAsync($"With {Backlog:N0} messages waiting: {emulator.WorkingSetMiB:N0} MiB");
        }

        await MeasureStartsAsync($"with {Backlog:N0} messages waiting", directory);
    }

    private static async Task MeasureRoundAsync(int round, EmulatorProcess emulator, ServiceBusClient client)
    {
        var before = emulator.ProcessorTime;
        await using var sender = client.CreateSender(Queue);
        var send = await TimeAsync(() => sender.SendMessageAsync(Message()));
        var (process, handled) = await ProcessAsync(client);
        var processor = (emulator.ProcessorTime - before) / Messages;
        if (round > 0)
        {
            await Console.Out.WriteLineAsync(
                $"{round}: {Messages / send.TotalSeconds:N0} sent a second by {Callers} callers, {handled / process.TotalSeconds:N0} received and "
                + $"completed a second by a processor with {Callers} concurrent calls, {processor.TotalMicroseconds:N0} µs of the emulator's processor time for each message");
        }
    }

    private static async Task<(TimeSpan Time, int Handled)> ProcessAsync(ServiceBusClient client)
    {
        var handled = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var processor = client.CreateProcessor(
            Queue, new ServiceBusProcessorOptions { MaxConcurrentCalls = Callers, PrefetchCount = 4 * Callers });
        processor.ProcessErrorAsync += error =>
        {
            all.TrySetException(error.Exception);
            return Task.CompletedTask;
        };
        processor.ProcessMessageAsync += _ =>
        {
            if (Interlocked.Increment(ref handled) == Messages)
                all.TrySetResult();
            return Task.CompletedTask;
        };
        var watch = Stopwatch.StartNew();
        await processor.StartProcessingAsync();
        await all.Task;
        // Waits until the messages that were handled are also completed.
        await processor.StopProcessingAsync();
        return (watch.Elapsed, handled);
    }

    private static async Task FillAsync(ServiceBusClient client)
    {
        await using var sender = client.CreateSender(Queue);
        await Task.WhenAll(Enumerable.Range(0, Backlog).Chunk(BatchSize).Select(batch => sender.SendMessagesAsync(batch.Select(_ => Message()))));
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task> operation)
    {
        var left = Messages;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await operation();
        })));
        return watch.Elapsed;
    }

    private static ServiceBusMessage Message() => new(new byte[BodyBytes]) { MessageId = $"{Guid.NewGuid()}" };
}
