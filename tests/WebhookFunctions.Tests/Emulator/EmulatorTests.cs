extern alias ServiceBusEmulator;

using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;
using EmbeddedServiceBus;
using WebhookFunctions.Tests.Fixtures;
using EmulatorOptions = ServiceBusEmulator::ServiceBusEmulator.EmulatorOptions;
using RunningEmulator = ServiceBusEmulator::ServiceBusEmulator.Emulator;

namespace WebhookFunctions.Tests.Emulator;

/// <summary>Tests of the emulator in this process, without its command line.</summary>
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
            ["Queues: queue", "Messages: in memory, lost when this process ends (--data DIR stores them)"], printed.Take(2));
        await using (var client = new ServiceBusClient(printed[^1]["Ready: ".Length..]))
        {
            await client.CreateSender(Queue).SendMessageAsync(new ServiceBusMessage("a"), Cancellation);
            Assert.NotNull(await client.CreateReceiver(Queue).PeekMessageAsync(cancellationToken: Cancellation));
        }

        using var http = new HttpClient(new SocketsHttpHandler());
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"{Management(printed)}/health"), Cancellation)).StatusCode);

        await stop.CancelAsync();
        Assert.Equal(0, await running.WaitAsync(Cancellation));
        Assert.Empty(errors.All);
    }

    [Theory]
    [InlineData("0.0.0.0", true)]
    [InlineData("127.0.0.1", false)]
    public async Task An_address_that_others_can_reach_causes_a_warning(string address, bool isWarnedOf)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (output, errors) = (new Lines(), new Lines());
        var running = RunningEmulator.RunAsync(() => Options with { Address = IPAddress.Parse(address) }, output, errors, stop.Token);

        await output.UntilAsync("Ready: ");
        await stop.CancelAsync();
        await running.WaitAsync(Cancellation);

        Assert.Equal(isWarnedOf, errors.All is [var warning] && warning.StartsWith($"Warning: listening on {address}.", StringComparison.Ordinal));
    }

    /// <summary>Uses tokens for another name of this machine, as a client in a container does.</summary>
    [Fact]
    public async Task Clients_reach_both_ports_by_another_address_of_this_machine()
    {
        var outside = OutsideAddress.OrSkip();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var output = new Lines();
        var running = RunningEmulator.RunAsync(() => Options with { Address = IPAddress.Any }, output, TextWriter.Null, stop.Token);
        var printed = await output.UntilAsync("Ready: ");
        var connection = printed[^1]["Ready: ".Length..].Replace("localhost", $"{outside}", StringComparison.Ordinal);
        var management = new Uri(Management(printed)).Port;

        await using (var client = new ServiceBusClient(connection))
            await client.CreateSender(Queue).SendMessageAsync(new ServiceBusMessage("a"), Cancellation);
        QueueRuntimeProperties counts = await new ServiceBusAdministrationClient(
            Regex.Replace(connection, @"(?<=://[^:;]+):\d+", $":{management}")).GetQueueRuntimePropertiesAsync(Queue, Cancellation);

        Assert.Equal(1, counts.ActiveMessageCount);
        await stop.CancelAsync();
        await running.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_read_ends_the_emulator_with_the_reason()
    {
        var (output, errors) = (new Lines(), new Lines());

        var code = await RunningEmulator.RunAsync(() => throw new InvalidDataException("'Config.json': No."), output, errors, Cancellation);

        Assert.Equal(1, code);
        Assert.Equal(["'Config.json': No."], errors.All);
        Assert.Empty(output.All);
    }

    [Fact]
    public async Task A_management_port_that_is_in_use_ends_the_emulator()
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

    /// <returns>The address that the emulator printed.</returns>
    private static string Management(IEnumerable<string> printed) =>
        printed.Single(line => line.StartsWith("Management: ", StringComparison.Ordinal)).Split(' ')[1];

    /// <summary>Writer that collects the printed lines.</summary>
    private sealed class Lines : TextWriter
    {
        private readonly Channel<string> lines = Channel.CreateUnbounded<string>();

        public override Encoding Encoding => Encoding.UTF8;

        /// <summary>Gets the lines that have not been read yet.</summary>
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

        /// <summary>Reads the lines up to the first that begins with <paramref name="beginning"/>.</summary>
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
