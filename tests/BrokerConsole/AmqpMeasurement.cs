using System.Collections.Concurrent;
using System.Diagnostics;
using Amqp;
using Amqp.Framing;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Amqp.Security;

namespace BrokerConsole;

/// <summary>
/// What AMQP costs: messages of 1 KiB sent, received and completed by AMQPNetLite's client, and the same with the broker called directly.
/// The
/// client is in the same process, and so on the same processors.
/// </summary>
internal static class AmqpMeasurement
{
    private const string Queue = "measured";
    private const int BodyBytes = 1_024;
    private const int Messages = 20_000;
    private const int Callers = 64;
    private const int Rounds = 3;

    public static async Task<int> RunAsync()
    {
        var directory = Directory.CreateTempSubdirectory("embedded-service-bus-").FullName;
        await using (var broker = EmbeddedBroker.Open(new BrokerOptions
        {
            DataDirectory = directory,
            Queues = [new QueueOptions { Name = Queue, DuplicateDetectionWindow = TimeSpan.FromDays(7), LockDuration = TimeSpan.FromMinutes(5) }],
        }))
        {
            await using var listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0 });
            // The first round is the compiler's.
            for (var round = 0; round <= Rounds; round++)
            {
                await MeasureAsync(round, "core", await DirectAsync(broker));
                await MeasureAsync(round, "AMQP", await OverAmqpAsync(broker, listener.Port));
            }
        }

        Directory.Delete(directory, recursive: true);
        return 0;
    }

    private static async Task MeasureAsync(int round, string way, (TimeSpan Send, TimeSpan Receive, TimeSpan Complete) times)
    {
        if (round == 0)
            return;
        var all = times.Send + times.Receive + times.Complete;
        await Console.Out.WriteLineAsync(
            $"{round} {way}: send {Rate(times.Send):N0}/s, receive {Rate(times.Receive):N0}/s, complete {Rate(times.Complete):N0}/s, "
            + $"all three {Rate(all):N0}/s");

        static double Rate(TimeSpan time) => Messages / time.TotalSeconds;
    }

    private static async Task<(TimeSpan Send, TimeSpan Receive, TimeSpan Complete)> DirectAsync(EmbeddedBroker broker)
    {
        var received = new ConcurrentQueue<Guid>();
        var send = await TimeAsync(() => broker.SendAsync(Queue, [new BrokerMessage { MessageId = $"{Guid.NewGuid()}", Body = new byte[BodyBytes] }]));
        var receive = await TimeAsync(async () => received.Enqueue((await broker.ReceiveAsync(Queue, 1, TimeSpan.Zero))[0].LockToken!.Value));
        var complete = await TimeAsync(() =>
        {
            received.TryDequeue(out var token);
            return broker.CompleteAsync(Queue, token);
        });
        return (send, receive, complete);
    }

    private static async Task<(TimeSpan Send, TimeSpan Receive, TimeSpan Complete)> OverAmqpAsync(EmbeddedBroker broker, int port)
    {
        var key = SharedAccessKey.Emulator;
        var connection = await new ConnectionFactory().CreateAsync(new Address("127.0.0.1", port, key.Name, key.Value, scheme: "amqp"));
        var session = new Session(connection);

        var sender = new SenderLink(session, "sender", Queue);
        var send = await TimeAsync(() => sender.SendAsync(new Message
        {
            Properties = new Properties { MessageId = $"{Guid.NewGuid()}" },
            BodySection = new Data { Binary = new byte[BodyBytes] },
        }));

        var received = new ConcurrentQueue<Message>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watch = Stopwatch.StartNew();
        var receiver = new ReceiverLink(session, "receiver", new Attach
        {
            Source = new Source { Address = Queue },
            Target = new Target(),
            RcvSettleMode = ReceiverSettleMode.Second,
        }, onAttached: null);
        receiver.Start(Messages, (_, message) =>
        {
            received.Enqueue(message);
            if (received.Count == Messages)
                all.SetResult();
        });
        await all.Task;
        var receive = watch.Elapsed;

        watch.Restart();
        foreach (var message in received)
            receiver.Accept(message);
        // The library does not wait for answers: the broker is asked when all are gone.
        while ((await broker.GetCountsAsync(Queue)).Active > 0)
            await Task.Yield();
        var complete = watch.Elapsed;
        await connection.CloseAsync();
        return (send, receive, complete);
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
}
