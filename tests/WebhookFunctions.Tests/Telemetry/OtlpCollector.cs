using System.Collections.Concurrent;
using System.Text;
using LocalHost.StandIns;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Tests.Telemetry.Otlp;

namespace WebhookFunctions.Tests.Telemetry;

/// <summary>OpenTelemetry collector that records the exports of a worker.</summary>
internal sealed class OtlpCollector : StandInServer
{
    private readonly ConcurrentQueue<byte[]> _exports = [];
    private readonly ConcurrentQueue<LogsRequest> _logs = [];
    private readonly ConcurrentQueue<TraceRequest> _traces = [];
    private readonly ConcurrentQueue<MetricsRequest> _metrics = [];

    private OtlpCollector()
    {
        On("/v1/logs", context => RecordAsync(context, bytes => _logs.Enqueue(LogsRequest.Parser.ParseFrom(bytes))));
        On("/v1/traces", context => RecordAsync(context, bytes => _traces.Enqueue(TraceRequest.Parser.ParseFrom(bytes))));
        On("/v1/metrics", context => RecordAsync(context, bytes => _metrics.Enqueue(MetricsRequest.Parser.ParseFrom(bytes))));
    }

    /// <summary>Gets every export so far as text. It contains the strings of the protocol buffers, which are UTF-8.</summary>
    public IEnumerable<string> Texts => _exports.Select(Encoding.UTF8.GetString);

    /// <summary>Gets every log record so far, with its category.</summary>
    public IEnumerable<(string Category, LogRecord Record)> Logs =>
        from request in _logs from resource in request.ResourceLogs from scope in resource.ScopeLogs from record in scope.LogRecords
        select (scope.Scope.Name, record);

    /// <summary>Gets every span so far.</summary>
    public IEnumerable<Span> Spans =>
        from request in _traces from resource in request.ResourceSpans from scope in resource.ScopeSpans from span in scope.Spans select span;

    /// <summary>Gets the latest export of each metric. Counters have their sums since the start.</summary>
    public IReadOnlyDictionary<string, Metric> Metrics => (
        from request in _metrics from resource in request.ResourceMetrics from scope in resource.ScopeMetrics from metric in scope.Metrics select metric)
        .GroupBy(metric => metric.Name)
        .ToDictionary(exports => exports.Key, exports => exports.Last());

    public static async Task<OtlpCollector> StartAsync(CancellationToken cancellationToken)
    {
        var collector = new OtlpCollector();
        await collector.ListenAsync(cancellationToken);
        return collector;
    }

    /// <summary>Adds settings with which an app exports to this collector at short intervals.</summary>
    public Dictionary<string, string> AddTo(IReadOnlyDictionary<string, string> settings) => new(settings)
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Origin,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
    };

    /// <summary>Returns the values of a metric's points, each with its tags in the order of their names. For a histogram it is the number of values.</summary>
    public IReadOnlyList<string> Counts(string metric) => !Metrics.TryGetValue(metric, out var found) ? [] : found.DataCase switch
    {
        Metric.DataOneofCase.Histogram => [.. found.Histogram.DataPoints.Select(point => $"{point.Count}{Tags(point.Attributes)}").Order(StringComparer.Ordinal)],
        Metric.DataOneofCase.Sum => [.. found.Sum.DataPoints.Select(point => $"{point.AsInt}{Tags(point.Attributes)}").Order(StringComparer.Ordinal)],
        _ => [.. found.Gauge.DataPoints.Select(point => $"{point.AsDouble}{Tags(point.Attributes)}")],
    };

    private static string Tags(IEnumerable<KeyValue> attributes) =>
        string.Concat(attributes.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $" {tag.Key}={tag.Value.StringValue}"));

    private async Task RecordAsync(HttpContext context, Action<byte[]> parse)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var bytes = body.ToArray();
        _exports.Enqueue(bytes);
        parse(bytes);
        context.Response.ContentType = "application/x-protobuf";
    }
}
