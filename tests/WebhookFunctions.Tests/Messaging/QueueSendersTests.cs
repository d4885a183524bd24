using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Messaging;

public sealed class QueueSendersTests
{
    [Fact]
    public async Task An_unavailable_broker_is_logged_at_its_start_and_end_whatever_was_sent_to_whichever_queue()
    {
        using var logs = new CapturedLogs();
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 27, 12, 0, 0, TimeSpan.Zero));
        var bus = new CapturingServiceBus();
        await using var services = AppServices.Compose(
            new Dictionary<string, string?>(),
            bus,
            services => services.AddSingleton<TimeProvider>(clock).AddSingleton<ILoggerProvider>(logs));
        var senders = services.GetRequiredService<QueueSenders>();
        string[] queues = [QueueNames.WebhookEvents, QueueNames.AssetDownloads, QueueNames.JobNotifications];

        foreach (var queue in queues)
        {
            bus.Sender(queue).BeforeSend = _ => throw new ServiceBusException("away", ServiceBusFailureReason.ServiceCommunicationProblem);
            await Assert.ThrowsAsync<ServiceBusException>(() => senders.To(queue).SendMessageAsync(new ServiceBusMessage(), TestContext.Current.CancellationToken));
        }

        clock.Advance(OutageLog.QuietTime);
        foreach (var queue in queues)
        {
            bus.Sender(queue).BeforeSend = static _ => Task.CompletedTask;
            await senders.To(queue).SendMessageAsync(new ServiceBusMessage(), TestContext.Current.CancellationToken);
        }

        Assert.Collection(
            logs.Lines.Select(line => line.Text),
            line => Assert.StartsWith("The broker is unavailable (", line, StringComparison.Ordinal),
            line => Assert.StartsWith("The broker is available again. 3 requests had failed ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_the_broker_refuses_is_no_outage()
    {
        using var logs = new CapturedLogs();
        var bus = new CapturingServiceBus();
        await using var services = AppServices.Compose(new Dictionary<string, string?>(), bus, services => services.AddSingleton<ILoggerProvider>(logs));
        bus.Sender(QueueNames.WebhookEvents).BeforeSend = _ => throw new ServiceBusException("too large", ServiceBusFailureReason.MessageSizeExceeded);

        await Assert.ThrowsAsync<ServiceBusException>(() => services.GetRequiredService<QueueSenders>().To(QueueNames.WebhookEvents)
            .SendMessageAsync(new ServiceBusMessage(), TestContext.Current.CancellationToken));

        Assert.Empty(logs.Lines);
    }
}
