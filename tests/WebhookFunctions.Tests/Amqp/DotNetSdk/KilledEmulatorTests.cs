using System.Collections.Concurrent;
using System.Globalization;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Amqp.DotNetSdk;

/// <summary>Tests that kill the emulator's process while the .NET SDK sends and receives.</summary>
public sealed class KilledEmulatorTests(ITestOutputHelper output) : IDisposable
{
    private const int Senders = 8;

    /// <summary>A queue with duplicate detection, because the SDK repeats a send that a kill interrupted.</summary>
    private const string Queue = QueueNames.WebhookEvents;

    private readonly TemporaryDirectory data = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => data.Dispose();

    [Fact]
    public Task An_emulator_that_is_killed_under_load_loses_no_message() => KillAsync(times: 1, sendsBetween: 300);

    [Fact(Explicit = true)]
    public Task An_emulator_that_is_killed_again_and_again_loses_no_message() => KillAsync(times: 10, sendsBetween: 3_000);

    private async Task KillAsync(int times, int sendsBetween)
    {
        var emulator = await StartAsync(port: 0);
        try
        {
            var connection = await emulator.ReadyAsync();
            var port = new Uri(ServiceBusConnectionStringProperties.Parse(connection).Endpoint.ToString()).Port;
            await using var client = Connect(connection);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            var load = new Load(client, stop.Token);
            for (var kill = 0; kill < times; kill++)
            {
                await load.SentAsync(sendsBetween);
                await emulator.KillAsync();
                await emulator.DisposeAsync();
                emulator = await StartAsync(port);
                await emulator.ReadyAsync();
            }

            await load.SentAsync(sendsBetween);
            await stop.CancelAsync();
            await load.EndAsync();

            await using var afterwards = Connect(connection);
            // A message that was locked at every kill may have reached the maximum delivery count.
            List<string> left =
            [
                .. await PeekAllAsync(afterwards.CreateReceiver(Queue)),
                .. await PeekAllAsync(afterwards.CreateReceiver(Queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter })),
            ];
            output.WriteLine($"{load.Accepted.Count} accepted, {load.Received.Count} received, {load.Completed.Count} completed, {left.Count} left");
            Assert.NotEmpty(load.Completed);
            Assert.Empty(load.Accepted.Except(load.Received.Keys).Except(left));
            Assert.Empty(load.Completed.Intersect(left));
            Assert.Equal(left.Count, left.Distinct().Count());
        }
        finally
        {
            await emulator.DisposeAsync();
        }
    }

    private async Task<ServerProcess> StartAsync(int port)
    {
        var emulator = ServerProcess.Start(
            Path.Combine(AppContext.BaseDirectory, "ServiceBusEmulator.dll"),
            new Dictionary<string, string>(),
            "--port",
            port.ToString(CultureInfo.InvariantCulture),
            "--data",
            data.Path);
        await emulator.ReadyAsync();
        return emulator;
    }

    private static ServiceBusClient Connect(string connection) => new(
        connection,
        new ServiceBusClientOptions
        {
            RetryOptions = new ServiceBusRetryOptions
            {
                Mode = ServiceBusRetryMode.Fixed,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxRetries = 100,
                TryTimeout = TimeSpan.FromSeconds(5),
            },
        });

    private static async Task<List<string>> PeekAllAsync(ServiceBusReceiver receiver)
    {
        var ids = new List<string>();
        while (await receiver.PeekMessagesAsync(250, cancellationToken: Cancellation) is { Count: > 0 } page)
            ids.AddRange(page.Select(message => message.MessageId));
        return ids;
    }

    /// <summary>Load of several senders, and of one receiver that completes every second message.</summary>
    private sealed class Load
    {
        private readonly ServiceBusClient client;
        private readonly CancellationToken stop;
        private readonly List<Task> tasks;

        public Load(ServiceBusClient client, CancellationToken stop)
        {
            this.client = client;
            this.stop = stop;
            tasks = [.. Enumerable.Range(0, Senders).Select(SendAsync), ReceiveAsync()];
        }

        /// <summary>Gets the ids of the messages whose send succeeded.</summary>
        public ConcurrentQueue<string> Accepted { get; } = [];

        public ConcurrentDictionary<string, bool> Received { get; } = [];

        /// <summary>Gets the ids of the messages whose completion succeeded.</summary>
        public ConcurrentQueue<string> Completed { get; } = [];

        /// <summary>Waits until <paramref name="count"/> more messages were accepted.</summary>
        public Task SentAsync(int count)
        {
            var enough = Accepted.Count + count;
            return Eventually.TrueAsync(() => Task.FromResult(Accepted.Count >= enough || tasks.Any(task => task.IsFaulted)), $"{count} accepted sends");
        }

        /// <summary>Waits until all clients have stopped. Throws if one of them failed.</summary>
        public Task EndAsync() => Task.WhenAll(tasks);

        private async Task SendAsync(int number)
        {
            var sender = client.CreateSender(Queue);
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var id = $"{number}-{i}";
                await sender.SendMessageAsync(new ServiceBusMessage(id) { MessageId = id }, Cancellation);
                Accepted.Enqueue(id);
            }
        }

        private async Task ReceiveAsync()
        {
            var receiver = client.CreateReceiver(Queue);
            var isOddRound = false;
            while (!stop.IsCancellationRequested)
            {
                foreach (var message in await receiver.ReceiveMessagesAsync(10, TimeSpan.FromSeconds(1), Cancellation))
                {
                    Received[message.MessageId] = true;
                    isOddRound = !isOddRound;
                    if (isOddRound)
                        await CompleteAsync(receiver, message);
                }
            }
        }

        private async Task CompleteAsync(ServiceBusReceiver receiver, ServiceBusReceivedMessage message)
        {
            try
            {
                await receiver.CompleteMessageAsync(message, Cancellation);
                Completed.Enqueue(message.MessageId);
            }
            catch (ServiceBusException exception) when (exception.Reason is ServiceBusFailureReason.MessageLockLost)
            {
                // The lock expired or the answer was lost because of the kill, so the message may or may not have been removed.
            }
        }
    }
}
