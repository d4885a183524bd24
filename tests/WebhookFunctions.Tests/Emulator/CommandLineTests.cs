using Azure.Messaging.ServiceBus;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Emulator;

/// <summary>Tests of the emulator's process with the options of its README.</summary>
public sealed class CommandLineTests : IDisposable
{
    private const string Queue = "orders";
    private const string Configuration = """
        { "UserConfig": { "Namespaces": [ { "Name": "sbemulatorns", "Queues": [ { "Name": "orders" } ], "Topics": [TOPICS] } ] } }
        """;

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancellation => BoundedTest.Token;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task It_serves_the_queues_of_a_configuration_on_the_address_given()
    {
        await using var emulator = Start("--port", "0", "--listen", "127.0.0.1", "--data", directory.Path, "--config", Configure(topics: ""));

        await using var client = new ServiceBusClient(await emulator.ReadyAsync());
        await client.CreateSender(Queue).SendMessageAsync(new ServiceBusMessage("a"), Cancellation);

        Assert.Contains($"Queues: {Queue}{Environment.NewLine}", emulator.Output, StringComparison.Ordinal);
        Assert.Contains($"Messages: {directory.Path}", emulator.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_with_an_unsupported_feature_ends_the_emulator_with_the_features_name()
    {
        await using var emulator = Start("--port", "0", "--config", Configure(topics: """{ "Name": "prices" }"""));

        Assert.Equal(1, await emulator.ExitCodeAsync());
        Assert.Contains("The topic 'prices' is declared, but this emulator does not support topics.", emulator.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen", "localhost")]
    [InlineData("--port", "amqp")]
    [InlineData("--topics", "prices")]
    public async Task An_invalid_option_ends_the_emulator_with_the_options_name(string option, string value)
    {
        await using var emulator = Start(option, value);

        Assert.Equal(1, await emulator.ExitCodeAsync());
        Assert.Contains(option, emulator.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Ready:", emulator.Output, StringComparison.Ordinal);
    }

    private static ServerProcess Start(params string[] arguments) =>
        ServerProcess.Start(Path.Combine(AppContext.BaseDirectory, "ServiceBusEmulator.dll"), new Dictionary<string, string>(), arguments);

    private string Configure(string topics)
    {
        var path = Path.Combine(directory.Path, "Config.json");
        File.WriteAllText(path, Configuration.Replace("TOPICS", topics, StringComparison.Ordinal));
        return path;
    }
}
