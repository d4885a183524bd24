using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Tests.Telemetry;

public sealed class WebhookTracingTests : IDisposable
{
    private readonly ActivitySource _host = new("a Functions host");
    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = static source => source.Name is WebhookTracing.SourceName or "a Functions host",
        Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
    };

    public WebhookTracingTests() => ActivitySource.AddActivityListener(_listener);

    [Fact]
    public void The_trace_continues_after_the_queue()
    {
        ActivityContext sent;
        ServiceBusReceivedMessage message;
        using (var receive = WebhookTracing.StartReceive("gemini"))
        using (var send = WebhookTracing.StartSend(QueueNames.WebhookEvents))
        {
            Assert.Equal(receive!.SpanId, send!.ParentSpanId);
            sent = send.Context;
            message = Delivered(Event().ToMessage());
        }

        using var process = MessageTracing.StartProcess(QueueNames.WebhookEvents, message);

        Assert.Equal((sent.TraceId, sent.SpanId), (process!.TraceId, process.ParentSpanId));
        Assert.Equal(ActivityKind.Consumer, process.Kind);
        Assert.Equal("id", process.GetTagItem("webhook.id"));
        Assert.Equal(QueueNames.WebhookEvents, process.GetTagItem("messaging.destination.name"));
    }

    [Fact]
    public void A_span_of_the_host_in_the_messages_trace_becomes_the_parent()
    {
        ServiceBusReceivedMessage message;
        ActivityContext sent;
        using (var send = WebhookTracing.StartSend(QueueNames.AssetDownloads))
        {
            message = Delivered(Asset().ToMessage());
            sent = send!.Context;
        }

        using var host = _host.StartActivity("invoke", ActivityKind.Consumer, sent);
        using var process = MessageTracing.StartProcess(QueueNames.AssetDownloads, message);

        Assert.Equal(host!.SpanId, process!.ParentSpanId);
        Assert.Equal(sent.SpanId, Assert.Single(process.Links).Context.SpanId);
    }

    [Fact]
    public void A_span_of_the_host_in_another_trace_is_linked()
    {
        ServiceBusReceivedMessage message;
        ActivityTraceId trace;
        using (var send = WebhookTracing.StartSend(QueueNames.AssetDownloads))
        {
            message = Delivered(Asset().ToMessage());
            trace = send!.TraceId;
        }

        using var host = _host.StartActivity("invoke");
        using var process = MessageTracing.StartProcess(QueueNames.AssetDownloads, message);

        Assert.Equal(trace, process!.TraceId);
        Assert.Equal(host!.SpanId, Assert.Single(process.Links).Context.SpanId);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00-not-a-trace-01")]
    [InlineData("00-00000000000000000000000000000000-0000000000000000-01")]
    public void A_message_without_a_valid_trace_starts_a_new_one(string? traceParent)
    {
        var message = Asset().ToMessage();
        Assert.DoesNotContain("traceparent", message.ApplicationProperties.Keys);
        if (traceParent is not null)
        {
            message.ApplicationProperties["traceparent"] = traceParent;
        }

        using var process = MessageTracing.StartProcess(QueueNames.AssetDownloads, Delivered(message));

        Assert.Equal(default, process!.ParentSpanId);
    }

    [Fact]
    public void A_replayed_message_continues_its_trace()
    {
        ServiceBusReceivedMessage dead;
        ActivityTraceId trace;
        using (var send = WebhookTracing.StartSend(QueueNames.AssetDownloads))
        {
            dead = Delivered(Asset().ToMessage());
            trace = send!.TraceId;
        }

        using var operatorsRequest = _host.StartActivity("replay");
        using var replay = MessageTracing.StartReplay(QueueNames.AssetDownloads, dead);
        var again = Asset().Replayed(7, 1, DateTimeOffset.UnixEpoch).ToMessage();

        Assert.Equal(trace, ActivityContext.Parse((string)again.ApplicationProperties["traceparent"], null).TraceId);
        Assert.Equal(operatorsRequest!.TraceId, Assert.Single(replay!.Links).Context.TraceId);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _host.Dispose();
    }

    private static EventMessage Event() => new()
    {
        Key = EventKey.Create("gemini", "id"),
        Coverage = SignatureCoverage.RawBody,
        ReceivedAt = DateTimeOffset.UnixEpoch,
        Body = BinaryData.FromString("{}"),
    };

    private static AssetMessage Asset() => new()
    {
        Event = EventKey.Create("gemini", "id"),
        Row = "asset:00000",
        JobId = "job",
        Source = new AssetSource { Name = "video", Url = "https://example.com/" },
        Assurance = Assurance.Signed,
        ReceivedAt = DateTimeOffset.UnixEpoch,
        QueuedAt = DateTimeOffset.UnixEpoch,
    };

    private static ServiceBusReceivedMessage Delivered(ServiceBusMessage message) => ServiceBusModelFactory.ServiceBusReceivedMessage(
        message.Body, message.MessageId, properties: message.ApplicationProperties, deliveryCount: 1);
}
