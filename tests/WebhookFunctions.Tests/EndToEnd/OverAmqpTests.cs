using System.Diagnostics;
using System.Text;
using EmbeddedServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Amqp;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Telemetry;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of the app's messages on the wire, as Service Bus would get them.</summary>
public sealed class OverAmqpTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task An_event_is_sent_byte_for_byte_with_the_results_of_its_verification()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // With an exporter the app passes on a trace context.
        await using var collector = await OtlpCollector.StartAsync(cancellation);
        await using var app = await RunningApp.StartAsync(
            await azurite.NewAccountAsync(), options => options with { Settings = collector.AddTo(options.Settings) });
        // New receive calls are blocked, so that nobody receives the message. Calls that already wait must end first.
        app.Host.Broker.Before = operation => operation.Name == nameof(IServiceBusBroker.ReceiveAsync)
            ? Task.Delay(Timeout.InfiniteTimeSpan, operation.CancellationToken)
            : Task.CompletedTask;
        app.Host.Broker.IsUnavailable = true;
        app.Host.Broker.IsUnavailable = false;
        var (webhook, _) = app.Write("sync", "COMPLETED");
        const string Odd = "\"options\": { \"prompt\": \"\ud83d\ude00 \u00e4\\u0000\",";
        webhook = webhook with { Body = webhook.Body.Replace("\"options\": {", Odd, StringComparison.Ordinal) };

        await app.AssertAcceptedAsync("sync", webhook);

        await using var other = new SdkBroker(app.Host.AmqpConnectionString);
        var seen = await Eventually.GetAsync(
            async () => await other.PeekAsync(QueueNames.WebhookEvents, 0, 1, cancellation) is [var first, ..] ? first : null, message => message is not null, "The event's message");
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
