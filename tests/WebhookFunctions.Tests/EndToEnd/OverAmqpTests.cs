using System.Diagnostics;
using System.Text;
using EmbeddedServiceBus;
using LocalHost.Hosting;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Tests.Amqp;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>All of it once more, with every message of the app over the wire.</summary>
public sealed class WebhookToBlobOverAmqpTests(AzuriteFixture azurite) : WebhookToBlobTests(azurite)
{
    private protected override LocalHostOptions Host(LocalHostOptions options) => OverAmqp.Host(options);
}

/// <inheritdoc cref="WebhookToBlobOverAmqpTests"/>
public sealed class OddInputOverAmqpTests(AzuriteFixture azurite) : OddInputTests(azurite)
{
    private protected override LocalHostOptions Host(LocalHostOptions options) => OverAmqp.Host(options);
}

/// <inheritdoc cref="WebhookToBlobOverAmqpTests"/>
public sealed class PartsAwayOverAmqpTests(AzuriteFixture azurite) : PartsAwayTests(azurite)
{
    private protected override LocalHostOptions Host(LocalHostOptions options) => OverAmqp.Host(options);
}

/// <summary>What the cloud would see of the app's messages.</summary>
public sealed class AppMessagesOverAmqpTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task An_event_goes_over_the_wire_byte_for_byte_with_what_was_found_out_about_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // Somebody watches, so that there is a trace to be handed on.
        using var watcher = new ActivityListener
        {
            ShouldListenTo = source => source.Name == WebhookTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(watcher);
        await using var app = await RunningApp.StartAsync(await azurite.NewAccountAsync(), OverAmqp.Host);
        // Nobody takes the message away.
        app.Host.Broker.Before = operation => operation.Name == nameof(IServiceBusBroker.ReceiveAsync)
            ? Task.Delay(Timeout.InfiniteTimeSpan, operation.CancellationToken)
            : Task.CompletedTask;
        var (webhook, _) = app.Write("sync", "COMPLETED");
        const string Odd = "\"options\": { \"prompt\": \"\ud83d\ude00 \u00e4\\u0000\",";
        webhook = webhook with { Body = webhook.Body.Replace("\"options\": {", Odd, StringComparison.Ordinal) };

        await app.AssertAcceptedAsync("sync", webhook);

        await using var other = new SdkBroker(app.Host.AmqpConnectionString!);
        var seen = await Eventually.GetAsync(
            async () => (await other.PeekAsync(QueueNames.WebhookEvents, 0, 1, cancellation)).Concat(
                await other.ReceiveAsync(QueueNames.WebhookEvents, 1, TimeSpan.Zero, cancellationToken: cancellation)).FirstOrDefault(),
            message => message is not null,
            "The event's message");
        var message = seen!.Message;
        Assert.Equal(Encoding.UTF8.GetBytes(webhook.Body), message.Body.ToArray());
        Assert.Equal("application/json", message.ContentType);
        Assert.Equal(EventKey.Create("sync", webhook.WebhookId).MessageId, message.MessageId);
        Assert.Equal("sync", message.ApplicationProperties["provider"]);
        Assert.Equal(webhook.WebhookId, message.ApplicationProperties["webhookId"]);
        Assert.Contains("receivedAt", message.ApplicationProperties);
        Assert.Contains("coverage", message.ApplicationProperties);
        Assert.True(ActivityContext.TryParse(message.ApplicationProperties["Diagnostic-Id"] as string, traceState: null, out _));
    }
}

internal static class OverAmqp
{
    public static LocalHostOptions Host(LocalHostOptions options) => options with
    {
        AmqpPort = 0,
        ConnectApp = connectionString => new SdkBroker(connectionString, options.TimeProvider),
    };
}
