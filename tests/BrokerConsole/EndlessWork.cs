using System.Text;
using EmbeddedServiceBus;

namespace BrokerConsole;

/// <summary>A process to be killed: what it said was sent, or completed, must be so afterwards.</summary>
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
                Tell($"+{id}\n");
            }
        }

        async Task CompleteAsync()
        {
            while (true)
            {
                // Two for each one that is completed: locks are held at every instant.
                var messages = await broker.ReceiveAsync(Queue, 2, Timeout.InfiniteTimeSpan);
                await broker.CompleteAsync(Queue, messages[0].LockToken!.Value);
                Tell($"-{messages[0].Message.MessageId}\n");
            }
        }

        // Straight into the pipe and whole: nothing may wait in a buffer of this process when it is killed.
        void Tell(string line)
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            lock (oneAtATime)
                output.Write(bytes);
        }
    }
}
