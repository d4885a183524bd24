using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Messaging;

/// <summary>Trace context of messages. The W3C trace context in the application properties connects both sides of a queue.</summary>
public static class MessageTracing
{
    // The Azure SDK writes both properties unless one is present, and the Functions host reads them.
    private const string TraceParent = "traceparent";
    private const string DiagnosticId = "Diagnostic-Id";
    private const string TraceState = "tracestate";

    /// <summary>Starts a span for the work of a message, in the trace of the message.</summary>
    public static Activity? StartProcess(string queue, ServiceBusReceivedMessage message)
    {
        var activity = WebhookTracing.Start($"process {queue}", ActivityKind.Consumer, OriginOf(message))?.Describe("process", queue);
        activity?.SetTag("messaging.message.id", message.MessageId);
        activity?.SetTag("messaging.servicebus.message.delivery_count", message.DeliveryCount);
        activity?.SetTag("webhook.provider", message.ApplicationProperties.Text(MessageProperties.Provider));
        activity?.SetTag("webhook.id", message.ApplicationProperties.Text(MessageProperties.WebhookId));
        activity?.SetTag("webhook.asset", message.ApplicationProperties.Text(MessageProperties.Asset));
        return activity;
    }

    /// <summary>Starts a span, in the trace of its own message, for waiting work that is done in the invocation of another message.</summary>
    public static Activity? StartTakeOver(string queue, AssetMessage message, ActivityContext origin) => WebhookTracing
        .Start($"process {queue}", ActivityKind.Consumer, origin)?
        .Describe("process", queue)
        .SetTag("webhook.provider", message.Event.Provider)
        .SetTag("webhook.id", message.Event.WebhookId)
        .SetTag("webhook.asset", message.Row);

    /// <summary>Starts a span, in the trace of its message, for the replay of a dead letter.</summary>
    public static Activity? StartReplay(string queue, ServiceBusReceivedMessage message) => WebhookTracing
        .Start($"send {queue}", ActivityKind.Producer, OriginOf(message))?
        .Describe("send", queue)
        .SetTag("messaging.message.id", message.MessageId);

    /// <summary>Writes the current trace context into the properties of a message that is about to be sent.</summary>
    public static void Inject(IDictionary<string, object> properties)
    {
        if (Activity.Current is not { IdFormat: ActivityIdFormat.W3C, Id: { } id } current)
        {
            return;
        }

        properties[TraceParent] = id;
        properties[DiagnosticId] = id;
        if (!string.IsNullOrEmpty(current.TraceStateString))
        {
            properties[TraceState] = current.TraceStateString;
        }
    }

    /// <summary>Returns the trace context that a message carries; the default if it carries none.</summary>
    public static ActivityContext OriginOf(ServiceBusReceivedMessage message)
    {
        var properties = message.ApplicationProperties;
        return ActivityContext.TryParse(
            properties.Text(TraceParent) ?? properties.Text(DiagnosticId), properties.Text(TraceState), isRemote: true, out var origin)
            ? origin
            : default;
    }
}
