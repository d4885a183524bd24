using System.Diagnostics;

namespace WebhookFunctions.Telemetry;

/// <summary>
/// The app's activity source: one trace from the webhook through both queues to the blob. Names and attributes follow OpenTelemetry's
/// conventions for messaging.
/// </summary>
public static class WebhookTracing
{
    public const string SourceName = "WebhookFunctions";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>From the request to the answer.</summary>
    public static Activity? StartReceive(string provider) =>
        Source.StartActivity($"receive {provider}", ActivityKind.Internal)?.SetTag("webhook.provider", provider);

    /// <summary>Until the queue has accepted a message, or several.</summary>
    public static Activity? StartSend(string queue) => Source.StartActivity($"send {queue}", ActivityKind.Producer)?.Describe("send", queue);

    /// <summary>
    /// Starts a span in the trace of <paramref name="origin"/>. Where the Functions host has begun one of its own in that trace, the span belongs
    /// below it; where it has begun another trace, that is linked.
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
