using System.Diagnostics;

namespace WebhookFunctions.Telemetry;

/// <summary>
/// Activity source of the app, with one trace from the webhook through both queues to the blob. Names and attributes follow OpenTelemetry's
/// conventions for messaging.
/// </summary>
public static class WebhookTracing
{
    public const string SourceName = "WebhookFunctions";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Starts the span from the request to the answer.</summary>
    public static Activity? StartReceive(string provider) =>
        Source.StartActivity($"receive {provider}", ActivityKind.Internal)?.SetTag("webhook.provider", provider);

    /// <summary>Starts the span until the queue has accepted one or several messages.</summary>
    public static Activity? StartSend(string queue) => Source.StartActivity($"send {queue}", ActivityKind.Producer)?.Describe("send", queue);

    /// <summary>
    /// Starts a span in the trace of <paramref name="origin"/>. If the Functions host has begun a span in that trace, it becomes the parent; if the
    /// host has begun another trace, that is linked.
    /// </summary>
    public static Activity? Start(string name, ActivityKind kind, ActivityContext origin)
    {
        if (origin == default || Activity.Current?.TraceId == origin.TraceId)
        {
            return Source.StartActivity(name, kind, Activity.Current?.Context ?? default, links: origin == default ? null : [new ActivityLink(origin)]);
        }

        return Source.StartActivity(name, kind, origin, links: Activity.Current is { } other ? [new ActivityLink(other.Context)] : null);
    }

    /// <summary>Adds the attributes of an operation on a queue.</summary>
    public static Activity Describe(this Activity activity, string operation, string queue) => activity
        .SetTag("messaging.system", "servicebus")
        .SetTag("messaging.operation.type", operation)
        .SetTag("messaging.destination.name", queue);
}
