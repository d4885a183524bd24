extern alias ServiceBusEmulator;

using EmbeddedServiceBus;
using WebhookFunctions.Tests.Fixtures;
using EmulatorConfiguration = ServiceBusEmulator::ServiceBusEmulator.EmulatorConfiguration;

namespace WebhookFunctions.Tests.Emulator;

/// <summary>Tests of the reader of configuration files of Microsoft's emulator.</summary>
public sealed class EmulatorConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Queues_are_read_with_all_their_properties()
    {
        var queues = Read("""
            {
              // Other emulators also accept comments.
              "UserConfig": {
                "Namespaces": [
                  {
                    "Name": "sbemulatorns",
                    "Queues": [
                      {
                        "Name": "queue.1",
                        "Properties": {
                          "DeadLetteringOnMessageExpiration": true,
                          "DefaultMessageTimeToLive": "P14D",
                          "DuplicateDetectionHistoryTimeWindow": "PT20S",
                          "ForwardDeadLetteredMessagesTo": "",
                          "ForwardTo": "",
                          "LockDuration": "PT5M",
                          "MaxDeliveryCount": 2000,
                          "RequiresDuplicateDetection": true,
                          "RequiresSession": false
                        }
                      },
                      { "Name": "queue.2", "Properties": { "DuplicateDetectionHistoryTimeWindow": "PT1M" } },
                      { "Name": "queue.3" }
                    ],
                    "Topics": []
                  }
                ],
                "Logging": { "Type": "File" }
              }
            }
            """);

        // Absent settings have the defaults of Microsoft's emulator, not those of the service.
        var plain = new QueueOptions
        {
            Name = "queue.2",
            LockDuration = TimeSpan.FromMinutes(1),
            MaxDeliveryCount = 3,
            DefaultTimeToLive = TimeSpan.FromHours(1),
        };
        Assert.Equal(
            [
                new QueueOptions
                {
                    Name = "queue.1",
                    LockDuration = TimeSpan.FromMinutes(5),
                    MaxDeliveryCount = 2_000,
                    DuplicateDetectionWindow = TimeSpan.FromSeconds(20),
                    DefaultTimeToLive = TimeSpan.FromDays(14),
                    DeadLetterOnExpiry = true,
                },
                plain,
                plain with { Name = "queue.3" },
            ],
            queues);
    }

    [Theory]
    [InlineData("""{ "Name": "q" }, { "Name": "Q" }""", "'q'")]
    [InlineData("""{ "Properties": {} }""", "Queues[0]")]
    [InlineData("""{ "Name": "" }""", "''")]
    [InlineData("""{ "Name": "q/$deadletterqueue" }""", "$deadletterqueue")]
    [InlineData("""{ "Name": "q", "Property": {} }""", "Property")]
    [InlineData("""{ "Name": "q", "Properties": { "AutoDeleteOnIdle": "PT1H" } }""", "AutoDeleteOnIdle")]
    [InlineData("""{ "Name": "q", "Properties": { "RequiresSession": true } }""", "RequiresSession")]
    [InlineData("""{ "Name": "q", "Properties": { "ForwardTo": "other" } }""", "ForwardTo")]
    [InlineData("""{ "Name": "q", "Properties": { "ForwardDeadLetteredMessagesTo": "other" } }""", "ForwardDeadLetteredMessagesTo")]
    [InlineData("""{ "Name": "q", "Properties": { "MaxDeliveryCount": 2001 } }""", "2001")]
    [InlineData("""{ "Name": "q", "Properties": { "MaxDeliveryCount": "3" } }""", "MaxDeliveryCount")]
    [InlineData("""{ "Name": "q", "Properties": { "LockDuration": "00:01:00" } }""", "LockDuration")]
    [InlineData("""{ "Name": "q", "Properties": { "LockDuration": "PT0S" } }""", "LockDuration")]
    [InlineData("""{ "Name": "q", "Properties": { "DefaultMessageTimeToLive": 60 } }""", "DefaultMessageTimeToLive")]
    [InlineData("""{ "Name": "q", "Properties": { "LockDuration": null } }""", "LockDuration")]
    [InlineData("""{ "Name": "q", "Properties": { "LockDuration": "PT1M", "LockDuration": "PT2M" } }""", "LockDuration")]
    public void The_error_for_an_unsupported_queue_names_what_is_unsupported(string queues, string named)
    {
        AssertRefused($$"""{ "UserConfig": { "Namespaces": [ { "Name": "sbemulatorns", "Queues": [ {{queues}} ] } ] } }""", named);
    }

    [Theory]
    [InlineData("""{ "UserConfig": { "Namespaces": [ { "Name": "n", "Topics": [ { "Name": "topic.1", "Subscriptions": [] } ] } ] } }""", "topic.1")]
    [InlineData("""{ "UserConfig": { "Namespaces": [ { "Name": "n", "Relays": [] } ] } }""", "Relays")]
    [InlineData("""{ "UserConfig": { "Namespaces": [ { "Name": "n" }, { "Name": "m" } ] } }""", "Namespaces")]
    [InlineData("""{ "UserConfig": { "Namespaces": [] } }""", "Namespaces")]
    [InlineData("""{ "UserConfig": {} }""", "UserConfig")]
    [InlineData("""{ "UserConfig": { "Namespaces": [ { "Name": "n" } ], "Users": [] } }""", "Users")]
    [InlineData("{}", "line 1")]
    [InlineData("null", "empty")]
    [InlineData("", "line 1")]
    [InlineData("queues", "line 1")]
    public void A_file_that_is_not_a_configuration_is_refused(string content, string named)
    {
        AssertRefused(content, named);
    }

    [Fact]
    public void A_missing_file_is_refused()
    {
        Assert.ThrowsAny<IOException>(() => EmulatorConfiguration.Read(Path.Combine(directory.Path, "absent.json")));
    }

    private void AssertRefused(string content, string named)
    {
        var exception = Assert.Throws<InvalidDataException>(() => Read(content));
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.Contains("Config.json", exception.Message, StringComparison.Ordinal);
    }

    private IReadOnlyList<QueueOptions> Read(string content)
    {
        var path = Path.Combine(directory.Path, "Config.json");
        File.WriteAllText(path, content);
        return EmulatorConfiguration.Read(path);
    }
}
