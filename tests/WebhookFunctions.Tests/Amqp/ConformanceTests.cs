using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Management;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>
/// Runner of <c>tests/ServiceBusEmulator/conformance</c>, which tests the AMQP listener with the official JavaScript SDK and Node.js's test runner.
/// Each file there is one test here.
/// </summary>
public sealed class ConformanceTests
{
    /// <summary>The number of queues of each kind; no test class has more tests.</summary>
    private const int QueuesOfAKind = 40;

    private static readonly TimeSpan MaxRunTime = TimeSpan.FromMinutes(5);

    private static readonly string Suite = typeof(ConformanceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "ConformanceSuite").Value!;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Files { get; } =
        [.. Directory.GetFiles(Suite, "*.test.mjs").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_conformance_tests_of_the_JavaScript_SDK_pass(string file)
    {
        await using var broker = EmbeddedBroker.Open(new BrokerOptions
        {
            Queues = [.. Enumerable.Range(1, QueuesOfAKind).SelectMany(Queues)],
        });
        await using var listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0 });
        await using var management = await ManagementListener.OpenAsync(new ManagementListenerOptions { Broker = broker, Port = 0 }, Cancellation);

        var (results, output) = await RunAsync(file, listener.ConnectionString, management.Port);

        Assert.True(results.Count > 0, $"No test was run.\n{output}");
        var failed = results.Where(result => !result.Passed || result.Skipped)
            .Select(result => $"{result.Name}\n{result.Error ?? "skipped"}")
            .ToList();
        Assert.True(failed.Count == 0, $"{failed.Count} of {results.Count} failed.\n\n{string.Join("\n\n", failed)}\n\n{output}");
        foreach (var result in results)
            TestContext.Current.TestOutputHelper?.WriteLine($"{result.Milliseconds,6} ms  {result.Name}");
    }

    private static IEnumerable<QueueOptions> Queues(int number)
    {
        var plain = new QueueOptions { Name = $"plain-{number}", LockDuration = TimeSpan.FromMinutes(1), MaxDeliveryCount = 3 };
        yield return plain;
        yield return plain with { Name = $"unique-{number}", DuplicateDetectionWindow = TimeSpan.FromMinutes(10) };
        yield return plain with { Name = $"brief-{number}", LockDuration = TimeSpan.FromSeconds(1) };
    }

    /// <returns>The result of each test, and the other output.</returns>
    private static async Task<(List<Result> Results, string Output)> RunAsync(string file, string connectionString, int managementPort)
    {
        using var node = Process.Start(new ProcessStartInfo("node")
        {
            // A test that hangs fails after two minutes, and an open connection does not keep the process alive.
            ArgumentList = { "--test", "--test-timeout=120000", "--test-force-exit", "--test-reporter=./reporter.mjs", file },
            WorkingDirectory = Suite,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["SERVICE_BUS_CONNECTION"] = connectionString,
                ["SERVICE_BUS_MANAGEMENT"] = $"localhost:{managementPort}",
                ["SERVICE_BUS_EMULATOR"] = Path.Combine(AppContext.BaseDirectory, "ServiceBusEmulator.dll"),
            },
        })!;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            limit.CancelAfter(MaxRunTime);
            var output = node.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = node.StandardError.ReadToEndAsync(limit.Token);
            await node.WaitForExitAsync(limit.Token);
            var lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToLookup(line => line.StartsWith('{'));
            // The run of a file reports itself as well, under its name.
            var results = lines[true].Select(line => JsonSerializer.Deserialize<Result>(line, Json)!).Where(result => result.Name != file).ToList();
            return (results, string.Join('\n', lines[false]) + await errors);
        }
        finally
        {
            if (!node.HasExited)
                node.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Result of one test, as <c>reporter.mjs</c> prints it.</summary>
    private sealed record Result(string Name, bool Passed, bool Skipped, int Milliseconds, string? Error);
}
