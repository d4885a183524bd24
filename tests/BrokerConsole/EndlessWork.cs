using System.Text;
using EmbeddedServiceBus;

namespace BrokerConsole;

/// <summary>
/// Worker that sends and completes messages until its process is killed. It prints each operation after it succeeded, so that a test can check that
/// none of them was lost.
/// </summary>
internal static class EndlessWork
{
    private const string Queue = "work";

    public static async Task<int> RunAsync(string directory, int callers)
    {
        await using var broker = EmbeddedBroker.Open(new BrokerOptions { DataDirectory = directory, Queues = [new QueueOptions { Name = Queue }] });
        await using var output = Console.OpenStandardOutput();
        var oneAtATime = new Lock();
        await Task.WhenAll(Enumerable.Range(0, callers).SelectMany(caller => new[]
        {
            Task.Run(() => SendAsync(caller)),
            Task.Run(CompleteAsync),
        }));
        return 0;

        async Task SendAsync(int caller)
        {
            for (var i = 0; ; i++)
            {
                var id = $"{caller}-{i}";
                await broker.SendAsync(Queue, [new BrokerMessage { MessageId = id, Body = Encoding.UTF8.GetBytes(id) }]);
                Print($"+{id}\n");
            }
        }

        async Task CompleteAsync()
        {
            while (true)
            {
                // Receives two and completes one, so that some messages are locked whenever the process is killed.
                var messages = await broker.ReceiveAsync(Queue, 2, Timeout.InfiniteTimeSpan);
                await broker.CompleteAsync(Queue, messages[0].LockToken!.Value);
                Print($"-{messages[0].Message.MessageId}\n");
            }
        }

        // Writes each line to the pipe in one call and without a buffer: a buffered line would be lost when the process is killed.
        void Print(string line)
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            lock (oneAtATime)
                output.Write(bytes);
        }
    }
}
