using System.Collections.Concurrent;
using System.Diagnostics;
using EmbeddedServiceBus;

namespace BrokerConsole;

/// <summary>Measurement of the broker's operations a second, by callers that each wait for one operation before they start the next.</summary>
internal static class Measurement
{
    private const string Queue = "measured";
    private const int BodyBytes = 1_024;
    private static readonly (int Callers, int Operations)[] Loads = [(1, 2_000), (64, 50_000), (256, 50_000)];

    public static async Task<int> RunAsync(string? directory, int backlog)
    {
        var path = directory ?? Directory.CreateTempSubdirectory("embedded-service-bus-").FullName;
        await using (var broker = EmbeddedBroker.Open(new BrokerOptions
        {
            DataDirectory = path,
            Queues = [new QueueOptions { Name = Queue, DuplicateDetectionWindow = TimeSpan.FromDays(7), DefaultTimeToLive = TimeSpan.FromDays(14), MaxSizeInMegabytes = 81_920 }],
        }))
        {
            await FillAsync(broker, backlog);
            // Warms up the JIT compiler, and is not reported.
            await RunAsync(broker, 64, 5_000, report: null);
            foreach (var (callers, operations) in Loads)
                await RunAsync(broker, callers, operations, Console.Out);
        }

        if (directory is null)
            Directory.Delete(path, recursive: true);
        return 0;
    }

    private static async Task FillAsync(EmbeddedBroker broker, int backlog)
    {
        foreach (var batch in Enumerable.Range(0, backlog).Chunk(200))
            await broker.SendAsync(Queue, [.. batch.Select(_ => Message())]);
    }

    private static async Task RunAsync(EmbeddedBroker broker, int callers, int operations, TextWriter? report)
    {
        var received = new ConcurrentQueue<Guid>();
        await TimeAsync("send", () => broker.SendAsync(Queue, [Message()]));
        await TimeAsync("receive", async () => received.Enqueue((await broker.ReceiveAsync(Queue, 1, TimeSpan.Zero))[0].LockToken!.Value));
        await TimeAsync("complete", () =>
        {
            received.TryDequeue(out var token);
            return broker.CompleteAsync(Queue, token);
        });

        async Task TimeAsync(string name, Func<Task> operation)
        {
            var left = operations;
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
            {
                while (Interlocked.Decrement(ref left) >= 0)
                    await operation();
            })));
            report?.WriteLine($"{name,-9} {callers,4} callers {operations / watch.Elapsed.TotalSeconds,9:N0}/s");
        }
    }

    private static BrokerMessage Message() => new()
    {
        MessageId = Guid.NewGuid().ToString("N"),
        ContentType = "application/json",
        Body = new byte[BodyBytes],
        ApplicationProperties = new Dictionary<string, object?> { ["provider"] = "geminigen", ["attempt"] = 1 },
    };
}
