extern alias ServiceBusEmulator;

using System.Net;
using System.Text;
using System.Threading.Channels;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using WebhookFunctions.Tests.Fixtures;
using EmulatorOptions = ServiceBusEmulator::ServiceBusEmulator.EmulatorOptions;
using RunningEmulator = ServiceBusEmulator::ServiceBusEmulator.Emulator;

namespace WebhookFunctions.Tests.Emulator;

/// <summary>The emulator as it is started from the command line, without the command line.</summary>
public sealed class EmulatorTests
{
    private const string Queue = "queue";

    private static readonly EmulatorOptions Options = new()
    {
        Port = 0,
        ManagementPort = 0,
        Queues = [new QueueOptions { Name = Queue }],
    };

    private static CancellationToken Cancellation => BoundedTest.Token;

    [Fact]
    public async Task It_serves_AMQP_and_management_until_it_is_stopped()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (output, errors) = (new Lines(), new Lines());
        var running = RunningEmulator.RunAsync(() => Options, output, errors, stop.Token);

        var printed = await output.UntilAsync("Ready: ");

        Assert.Equal(
            ["Queues: queue", "Messages: in memory, gone with this process (--data DIR keeps them)"], printed.Take(2));
        await using (var client = new ServiceBusClient(printed[^1]["Ready: ".Length..]))
        {
            await client.CreateSender(Queue).SendMessageAsync(new ServiceBusMessage("a"), Cancellation);
            Assert.NotNull(await client.CreateReceiver(Queue).PeekMessageAsync(cancellationToken: Cancellation));
        }

        using var http = new HttpClient(new SocketsHttpHandler());
        var management = printed.Single(line => line.StartsWith("Management: ", StringComparison.Ordinal)).Split(' ')[1];
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"{management}/health"), Cancellation)).StatusCode);

        await stop.CancelAsync();
        Assert.Equal(0, await running.WaitAsync(Cancellation));
        Assert.Empty(errors.All);
    }

    [Fact]
    public async Task Whoever_listens_on_an_address_is_warned()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (output, errors) = (new Lines(), new Lines());
        var running = RunningEmulator.RunAsync(() => Options with { Address = IPAddress.Any }, output, errors, stop.Token);

        await output.UntilAsync("Ready: ");
        await stop.CancelAsync();
        await running.WaitAsync(Cancellation);

        Assert.StartsWith("Warning: listening on 0.0.0.0.", Assert.Single(errors.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_and_ends_it()
    {
        var (output, errors) = (new Lines(), new Lines());

        var code = await RunningEmulator.RunAsync(() => throw new InvalidDataException("'Config.json': No."), output, errors, Cancellation);

        Assert.Equal(1, code);
        Assert.Equal(["'Config.json': No."], errors.All);
        Assert.Empty(output.All);
    }

    [Fact]
    public async Task A_management_port_that_is_taken_ends_it()
    {
        using var taken = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        var (output, errors) = (new Lines(), new Lines());

        var code = await RunningEmulator.RunAsync(
            () => Options with { ManagementPort = port, Address = IPAddress.Loopback }, output, errors, Cancellation).WaitAsync(Cancellation);

        Assert.Equal(1, code);
        Assert.Contains($"{port}", Assert.Single(errors.All), StringComparison.Ordinal);
    }

    /// <summary>What is printed, line by line.</summary>
    private sealed class Lines : TextWriter
    {
        private readonly Channel<string> lines = Channel.CreateUnbounded<string>();

        public override Encoding Encoding => Encoding.UTF8;

        /// <summary>The lines that were not read yet.</summary>
        public IReadOnlyList<string> All
        {
            get
            {
                var all = new List<string>();
                while (lines.Reader.TryRead(out var line))
                    all.Add(line);
                return all;
            }
        }

        public override Task WriteLineAsync(string? value)
        {
            lines.Writer.TryWrite(value ?? "");
            return Task.CompletedTask;
        }

        /// <summary>The lines up to the first that begins so.</summary>
        public async Task<IReadOnlyList<string>> UntilAsync(string beginning)
        {
            var read = new List<string>();
            do
                read.Add(await lines.Reader.ReadAsync(Cancellation));
            while (!read[^1].StartsWith(beginning, StringComparison.Ordinal));
            return read;
        }
    }
}
