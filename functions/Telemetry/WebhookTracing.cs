using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Telemetry;

/// <summary>
/// The app's spans: one trace from the webhook through both queues to the blob. What leads from one side of a queue to the other is the W3C trace
/// context in the message's application properties. Names and attributes follow OpenTelemetry's conventions for messaging.
/// </summary>
public static class WebhookTracing
{
    public const string SourceName = "WebhookFunctions";

    // The Azure SDK writes both names, unless one is there, and the Functions host reads them.
    private const string TraceParent = "traceparent";
    private const string DiagnosticId = "Diagnostic-Id";
    private const string TraceState = "tracestate";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>From the request to the answer.</summary>
    public static Activity? StartReceive(string provider) =>
        Source.StartActivity($"receive {provider}", ActivityKind.Internal)?.SetTag("webhook.provider", provider);

    /// <summary>Until the queue has accepted a message, or several.</summary>
    public static Activity? StartSend(string queue) => Source.StartActivity($"send {queue}", ActivityKind.Producer)?.Describe("send", queue);

    /// <summary>From a delivery to its settlement, in the trace of the message.</summary>
    public static Activity? StartProcess(string queue, ServiceBusReceivedMessage message)
    {
        var origin = OriginOf(message);
        var activity = Start($"process {queue}", ActivityKind.Consumer, origin)?.Describe("process", queue);
        activity?.SetTag("messaging.message.id", message.MessageId);
        activity?.SetTag("messaging.servicebus.message.delivery_count", message.DeliveryCount);
        activity?.SetTag("webhook.provider", message.ApplicationProperties.Text(MessageProperties.Provider));
        activity?.SetTag("webhook.id", message.ApplicationProperties.Text(MessageProperties.WebhookId));
        activity?.SetTag("webhook.asset", message.ApplicationProperties.Text(MessageProperties.Asset));
        return activity;
    }

    /// <summary>A dead letter is sent again, in the trace that it died in.</summary>
    public static Activity? StartReplay(string queue, ServiceBusReceivedMessage message) =>
        Start($"send {queue}", ActivityKind.Producer, OriginOf(message))?.Describe("send", queue).SetTag("messaging.message.id", message.MessageId);

    /// <summary>Writes where we are into a message that is about to be sent.</summary>
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

    private static ActivityContext OriginOf(ServiceBusReceivedMessage message)
    {
        var properties = message.ApplicationProperties;
        return ActivityContext.TryParse(
            properties.Text(TraceParent) ?? properties.Text(DiagnosticId), properties.Text(TraceState), isRemote: true, out var origin)
            ? origin
            : default;
    }

    /// <summary>
    /// Starts a span in the trace of <paramref name="origin"/>. Where the Functions host has begun one of its own in that trace, the span belongs
    /// below it; where it has begun another trace, that is linked.
    /// </summary>
    private static Activity? Start(string name, ActivityKind kind, ActivityContext origin)
    {
        if (origin == default || Activity.Current?.TraceId == origin.TraceId)
        {
            return Source.StartActivity(name, kind, Activity.Current?.Context ?? default, links: origin == default ? null : [new ActivityLink(origin)]);
        }

        return Source.StartActivity(name, kind, origin, links: Activity.Current is { } other ? [new ActivityLink(other.Context)] : null);
    }

    private static Activity Describe(this Activity activity, string operation, string queue) => activity
        .SetTag("messaging.system", "servicebus")
        .SetTag("messaging.operation.type", operation)
        .SetTag("messaging.destination.name", queue);
}
