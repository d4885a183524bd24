using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace SampleApp;

/// <summary>Queue-triggered functions that settle a message as its subject says.</summary>
public sealed class Messages(ILogger<Messages> logger)
{
    private const string Connection = "ServiceBusConnection";

    [Function(nameof(Settle))]
    public async Task Settle(
        [ServiceBusTrigger("%SAMPLE_QUEUE%", Connection = Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken)
    {
        Report(message);
        if (message.DeliveryCount > 1 && message.Subject is "abandon" or "throw" or "crash")
        {
            await actions.CompleteMessageAsync(message, cancellationToken);
            return;
        }

        switch (message.Subject)
        {
            case "complete":
                await actions.CompleteMessageAsync(message, cancellationToken);
                break;
            case "abandon":
                await actions.AbandonMessageAsync(message, Changes(), cancellationToken);
                break;
            case "dead-letter":
                await actions.DeadLetterMessageAsync(message, Changes(), "SampleReason", "a description", cancellationToken);
                break;
            case "dead-letter without a reason":
                await actions.DeadLetterMessageAsync(message, cancellationToken: cancellationToken);
                break;
            case "defer":
                await actions.DeferMessageAsync(message, Changes(), cancellationToken);
                break;
            case "renew":
                await actions.RenewMessageLockAsync(message, cancellationToken);
                await actions.CompleteMessageAsync(message, cancellationToken);
                break;
            case "complete twice":
                await actions.CompleteMessageAsync(message, cancellationToken);
                await actions.CompleteMessageAsync(message, cancellationToken);
                break;
            case "throw":
                throw new InvalidOperationException("As the test asked for.");
            case "crash":
                Environment.FailFast("As the test asked for.");
                break;
            case "wait":
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                break;
            case "wait for the file":
                await AwaitedFile.ExistsAsync(message.Body.ToString(), cancellationToken);
                await actions.CompleteMessageAsync(message, cancellationToken);
                break;
            case "leave":
                break;
        }
    }

    /// <summary>Logs a message, which the host completes after the function returned.</summary>
    [Function(nameof(AutoComplete))]
    public void AutoComplete([ServiceBusTrigger("%SAMPLE_QUEUE%-auto-complete", Connection = Connection, AutoCompleteMessages = true)] ServiceBusReceivedMessage message) =>
        Report(message);

    private static Dictionary<string, object> Changes() => new()
    {
        ["text"] = "changed", ["number"] = 7L, ["time"] = DateTimeOffset.UnixEpoch, ["span"] = TimeSpan.FromMinutes(1), ["uri"] = new Uri("https://example.org/a"),
    };

    private void Report(ServiceBusReceivedMessage message) => logger.LogInformation(
        "Message {MessageId}, delivery {DeliveryCount}: {Body} with {Properties}",
        message.MessageId,
        message.DeliveryCount,
        message.Body,
        string.Join(", ", message.ApplicationProperties.Select(property => $"{property.Key}={property.Value} ({property.Value.GetType().Name})")));
}
