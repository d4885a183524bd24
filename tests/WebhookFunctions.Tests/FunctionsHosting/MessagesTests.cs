using EmbeddedServiceBus;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.FunctionsHosting;

/// <summary>Tests that messages trigger functions, and that the functions settle them through the host.</summary>
public sealed class MessagesTests(SharedSampleHost shared) : IClassFixture<SharedSampleHost>
{
    private const string DeadLetters = $"{SampleHost.Queue}/$DeadLetterQueue";

    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly SampleHost _host = shared.Host;

    [Fact]
    public async Task A_message_reaches_the_function_with_all_its_fields()
    {
        var id = await SendAsync("complete", properties: new Dictionary<string, object?>
        {
            ["text"] = "ä", ["number"] = 1, ["flag"] = true, ["guid"] = Guid.Empty, ["time"] = Time, ["span"] = TimeSpan.FromHours(1),
        });

        var line = await DeliveredAsync(id);
        Assert.Contains("a body", line.Text, StringComparison.Ordinal);
        foreach (var expected in (string[])["text=ä (String)", "number=1 (Int32)", "flag=True (Boolean)", $"guid={Guid.Empty} (Guid)", "(DateTimeOffset)", "span=01:00:00 (TimeSpan)"])
        {
            Assert.Contains(expected, line.Text, StringComparison.Ordinal);
        }

        await RemovedAsync(id);
    }

    [Theory]
    [InlineData("complete")]
    [InlineData("renew")]
    [InlineData("complete twice")]
    public async Task A_completed_message_is_removed(string subject)
    {
        var id = await SendAsync(subject);

        await RemovedAsync(id);
    }

    [Fact]
    public async Task An_abandoned_message_is_redelivered_at_once_with_changed_properties()
    {
        var id = await SendAsync("abandon");

        var second = await DeliveredAsync(id, delivery: 2);
        foreach (var expected in (string[])["text=changed (String)", "number=7 (Int64)", "(DateTimeOffset)", "span=00:01:00 (TimeSpan)", "uri=https://example.org/a (Uri)"])
        {
            Assert.Contains(expected, second.Text, StringComparison.Ordinal);
        }

        await RemovedAsync(id);
    }

    [Fact]
    public async Task A_message_whose_function_throws_is_redelivered_at_once()
    {
        var id = await SendAsync("throw");

        await DeliveredAsync(id, delivery: 2);
        await RemovedAsync(id);
        Assert.Contains(_host.Logs.Errors, line => line.Category == "Function.Settle" && line.Text.Contains("As the test asked for.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dead-letter", "SampleReason", "a description", "changed")]
    [InlineData("dead-letter without a reason", null, null, null)]
    public async Task A_dead_lettered_message_keeps_reason_description_and_changed_properties(string subject, string? reason, string? description, string? text)
    {
        var id = await SendAsync(subject);

        var message = await FoundAsync(DeadLetters, id);
        var properties = message.Message.ApplicationProperties;
        Assert.Equal(reason, properties.GetValueOrDefault("DeadLetterReason"));
        Assert.Equal(description, properties.GetValueOrDefault("DeadLetterErrorDescription"));
        Assert.Equal(text, properties.GetValueOrDefault("text"));
    }

    [Fact]
    public async Task A_deferred_message_stays_with_changed_properties()
    {
        var id = await SendAsync("defer");

        var message = await FoundAsync(SampleHost.Queue, id, MessageState.Deferred);
        Assert.Equal("changed", message.Message.ApplicationProperties["text"]);
    }

    [Fact]
    public async Task An_unsettled_message_stays_locked()
    {
        var before = (await _host.Broker.GetCountsAsync(SampleHost.Queue, BoundedTest.Token)).Locked;
        var id = await SendAsync("leave");
        await _host.LoggedAsync(line => line.Category == "Function.Settle" && line.Text.Contains("Succeeded", StringComparison.Ordinal), "The end of the function");

        await DeliveredAsync(id);
        Assert.Equal(before + 1, (await _host.Broker.GetCountsAsync(SampleHost.Queue, BoundedTest.Token)).Locked);
    }

    [Fact]
    public async Task The_host_completes_messages_if_the_trigger_says_so()
    {
        var id = NewId();
        await _host.SendAsync(SampleHost.AutoCompleteQueue, new BrokerMessage { MessageId = id, Body = "taken"u8.ToArray() });

        await DeliveredAsync(id);
        await Eventually.TrueAsync(
            async () => (await _host.Broker.PeekAsync(SampleHost.AutoCompleteQueue, 0, 100, BoundedTest.Token)).All(message => message.Message.MessageId != id),
            "The completion by the host");
    }

    [Fact]
    public async Task No_more_messages_run_concurrently_than_host_json_allows()
    {
        const int Allowed = 4;
        await using var host = await SampleHost.StartAsync(options => options with { DrainTime = TimeSpan.Zero });
        for (var i = 0; i < Allowed + 2; i++)
        {
            await host.SendAsync(SampleHost.Queue, new BrokerMessage { MessageId = $"waiting-{i}", Subject = "wait" });
        }

        await Eventually.GetAsync(() => Task.FromResult(Running(host)), running => running == Allowed, "The maximum number of concurrent calls");
        // The other queue has its own limit. When its message has been handled, a fifth call of this queue would have started.
        await host.SendAsync(SampleHost.AutoCompleteQueue, new BrokerMessage { MessageId = "other" });
        await host.LoggedAsync(line => line.Text.StartsWith("Message other,", StringComparison.Ordinal), "The message of the other queue");
        Assert.Equal(Allowed, Running(host));
    }

    [Fact]
    public async Task A_message_that_is_settled_twice_fails_its_function_and_stays_settled()
    {
        var id = await SendAsync("complete twice");

        await RemovedAsync(id);
        await _host.LoggedAsync(
            line => line.Category == "Function.Settle" && line.Text.Contains("MessageLockLost", StringComparison.Ordinal), "The error of the second settlement");
    }

    private static int Running(SampleHost host) =>
        host.Logs.Lines.Count(line => line.Text.StartsWith("Message waiting-", StringComparison.Ordinal));

    private static string NewId() => Guid.NewGuid().ToString("N");

    private async Task<string> SendAsync(string subject, Dictionary<string, object?>? properties = null)
    {
        var id = NewId();
        await _host.SendAsync(
            SampleHost.Queue, new BrokerMessage { MessageId = id, Subject = subject, Body = "a body"u8.ToArray(), ApplicationProperties = properties ?? [] });
        return id;
    }

    private Task<LogLine> DeliveredAsync(string id, int delivery = 1) => _host.LoggedAsync(
        line => line.Text.StartsWith($"Message {id}, delivery {delivery}:", StringComparison.Ordinal), $"Delivery {delivery} of {id}");

    private async Task<ReceivedMessage> FoundAsync(string queue, string id, MessageState state = MessageState.Active) => (await Eventually.GetAsync(
        async () => (await _host.Broker.PeekAsync(queue, 0, 1_000, BoundedTest.Token))
            .FirstOrDefault(message => message.Message.MessageId == id && message.State == state),
        message => message is not null,
        $"Message {id} in {queue}"))!;

    private Task RemovedAsync(string id) => Eventually.TrueAsync(
        async () => (await _host.Broker.PeekAsync(SampleHost.Queue, 0, 1_000, BoundedTest.Token)).All(message => message.Message.MessageId != id),
        $"The removal of message {id}");
}
