using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.FunctionsHosting;

/// <summary>Tests that a worker ends with its host, with the host in a separate process that is killed or interrupted.</summary>
public sealed partial class KilledHostTests
{
    [Theory]
    [InlineData("/api/things/one")]
    [InlineData("/api/Hangs")]
    public async Task No_worker_outlives_a_killed_host(string path)
    {
        await using var host = await HostProcess.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = host.Address };
        var request = http.GetAsync(new Uri(path, UriKind.Relative), BoundedTest.Token);
        if (path == "/api/Hangs")
        {
            await host.WroteAsync("Hangs began");
        }
        else
        {
            (await request).Dispose();
        }

        host.Process.Kill();

        await host.Worker.WaitForExitAsync(BoundedTest.Token);
        await Record.ExceptionAsync(() => request);
    }

    [Fact]
    public async Task An_interrupt_from_the_terminal_reaches_only_the_host_which_ends_its_worker()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signal that one process can send to another.");
        Assert.SkipWhen(await IgnoresInterruptsAsync(), "This process ignores interrupts, as a shell's background jobs do, and a host that it starts would, too.");
        await using var host = await HostProcess.StartAsync();
        Assert.NotEqual(await GroupAsync(host.Process.Id), await GroupAsync(host.Worker.Id));

        using var kill = Process.Start("kill", ["-INT", $"{host.Process.Id}"]);
        await kill.WaitForExitAsync(BoundedTest.Token);

        await host.Process.WaitForExitAsync(BoundedTest.Token);
        Assert.Equal(0, host.Process.ExitCode);
        await host.Worker.WaitForExitAsync(BoundedTest.Token);
    }

    /// <summary>
    /// Returns whether this process was started with SIGINT (number 2) ignored, which its child processes inherit. It can be detected only on Linux.
    /// </summary>
    private static async Task<bool> IgnoresInterruptsAsync()
    {
        const string Field = "SigIgn:";
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var status = await File.ReadAllLinesAsync("/proc/self/status", BoundedTest.Token);
        var ignored = ulong.Parse(status.Single(line => line.StartsWith(Field, StringComparison.Ordinal))[Field.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (ignored & (1UL << (2 - 1))) != 0;
    }

    private static async Task<string> GroupAsync(int process)
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-o", "pgid=", "-p", $"{process}"]) { RedirectStandardOutput = true })!;
        var group = await ps.StandardOutput.ReadToEndAsync(BoundedTest.Token);
        await ps.WaitForExitAsync(BoundedTest.Token);
        return group.Trim();
    }

    private sealed partial class HostProcess : IAsyncDisposable
    {
        private readonly EmbeddedBroker _broker;
        private readonly AmqpListener _amqp;

        private HostProcess(Process process, EmbeddedBroker broker, AmqpListener amqp) => (Process, _broker, _amqp) = (process, broker, amqp);

        public Process Process { get; }

        public Process Worker { get; private set; } = null!;

        public Uri Address { get; private set; } = null!;

        public static async Task<HostProcess> StartAsync()
        {
            var broker = EmbeddedBroker.Open(new BrokerOptions
            {
                Queues = [new QueueOptions { Name = SampleHost.Queue }, new QueueOptions { Name = SampleHost.AutoCompleteQueue }],
            });
            var amqp = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0 });
            var start = new ProcessStartInfo(
                Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
                [Path.Combine(AppContext.BaseDirectory, "FunctionsHost.dll"), SampleHost.Assembly, "--port", "0"])
            {
                RedirectStandardOutput = true,
            };
            foreach (var (name, value) in SampleHost.Settings(amqp.ConnectionString))
            {
                start.Environment[name] = value;
            }

            var host = new HostProcess(Process.Start(start)!, broker, amqp);
            host.Worker = Process.GetProcessById(int.Parse((await host.MatchAsync(WorkerLine())).Groups["id"].Value, CultureInfo.InvariantCulture));
            host.Address = new Uri((await host.MatchAsync(ReadyLine())).Groups["address"].Value);
            return host;
        }

        public Task<Match> WroteAsync(string text) => MatchAsync(new Regex(Regex.Escape(text)));

        public async ValueTask DisposeAsync()
        {
            if (!Process.HasExited)
            {
                Process.Kill();
                await Process.WaitForExitAsync();
            }

            Process.Dispose();
            Worker.Dispose();
            await _amqp.DisposeAsync();
            await _broker.DisposeAsync();
        }

        private async Task<Match> MatchAsync(Regex wanted)
        {
            while (await Process.StandardOutput.ReadLineAsync(BoundedTest.Token) is { } line)
            {
                if (wanted.Match(line) is { Success: true } match)
                {
                    return match;
                }
            }

            throw new InvalidOperationException($"The host ended before it wrote '{wanted}'.");
        }

        [GeneratedRegex(@"^Worker: .*, process (?<id>\d+)$")]
        private static partial Regex WorkerLine();

        [GeneratedRegex("^Ready: (?<address>.+)$")]
        private static partial Regex ReadyLine();
    }
}
