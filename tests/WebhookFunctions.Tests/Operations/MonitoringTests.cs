using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Telemetry;
using WebhookFunctions.Tests.Telemetry.Otlp;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.Operations;

[Collection(SecondOperatorCollection.Name)]
public sealed partial class MonitoringTests(OperatorStorage storage, SharedBench shared) : IClassFixture<SharedBench>
{
    private static readonly byte[] Video = [.. "\0\0\0\u0018ftypisom"u8, .. new byte[2000]];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_healthy_app_reports_every_part_as_healthy_and_a_provider_without_settings_as_off()
    {
        var bench = await shared.GetAsync();

        var (status, json) = await bench.HealthyAsync();

        Assert.Equal((HttpStatusCode.OK, "ok"), (status, Text(json, "status")));
        Assert.All(
            (string[])["WebhookEvents", "GenerationJobs", "UnfinishedEvents", "assets", "raw-events"],
            name => Assert.Equal("ok", Text(json.GetProperty("storage").EnumerateObject().Single(part => string.Equals(part.Name, name, StringComparison.OrdinalIgnoreCase)).Value, "status")));
        Assert.All((string[])["webhook-events", "asset-downloads"], name => Assert.Equal("ok", Text(json.GetProperty("queues").GetProperty(name), "status")));
        Assert.Equal(("ok", "off"), (Text(json.GetProperty("providers").GetProperty("gemini"), "status"), Text(json.GetProperty("providers").GetProperty("sync"), "status")));
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("health")).Status);
    }

    [Fact]
    public async Task An_invalid_setting_is_named_without_its_value()
    {
        await using var bench = await OperatorBench.StartAsync(
            storage.ConnectionString, settings: new Dictionary<string, string> { ["GEMINIGEN_PUBLIC_KEY"] = "-----BEGIN PUBLIC KEY----- nonsense-that-was-pasted" });

        var (status, json) = await bench.GetAsync("health/details");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        var provider = json.GetProperty("providers").GetProperty("geminigen");
        Assert.Equal("bad", Text(provider, "status"));
        Assert.Equal("GEMINIGEN_PUBLIC_KEY", Text(Assert.Single(provider.GetProperty("problems").EnumerateArray()), "setting"));
        Assert.DoesNotContain("nonsense", json.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("health")).Status);
    }

    [Theory]
    [InlineData(null, "weak")]
    [InlineData("GEMINIGEN_WEBHOOK_TOKEN", "ok")]
    [InlineData("GEMINIGEN_API_KEY", "ok")]
    public async Task A_provider_with_unproven_events_is_reported_as_weak_and_not_as_a_failure(string? setting, string expected)
    {
        const string Value = "a-value_of.this~test";
        var settings = new Dictionary<string, string> { [SampleSettings.GeminiGen.Item1] = SampleSettings.GeminiGen.Item2! };
        if (setting is not null)
        {
            settings[setting] = Value;
        }

        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, settings: settings);

        var (status, json) = await bench.HealthyAsync();

        Assert.Equal((HttpStatusCode.OK, "ok"), (status, Text(json, "status")));
        var provider = json.GetProperty("providers").GetProperty("geminigen");
        Assert.Equal(expected, Text(provider, "status"));
        Assert.Equal(
            expected == "weak",
            provider.GetProperty("note").GetString()?.Contains("GEMINIGEN_WEBHOOK_TOKEN or GEMINIGEN_API_KEY", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(Value, json.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unavailable_broker_is_detected_within_the_timeout()
    {
        var bench = await shared.GetAsync();
        bench.App.Broker.IsUnavailable = true;
        var started = Stopwatch.GetTimestamp();

        var (status, json) = await bench.GetAsync("health/details");

        // The limit is the timeout plus the delay of a busy machine.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, OperatorTimes.ProbeTimeout + TimeSpan.FromSeconds(10));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "bad"), (status, Text(json.GetProperty("queues").GetProperty("webhook-events"), "status")));
    }

    [Fact]
    public async Task One_trace_leads_from_the_webhook_through_both_queues_to_the_blob()
    {
        await using var collector = await OtlpCollector.StartAsync(Cancel);
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, settings: collector.AddTo(new Dictionary<string, string>()));
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Serve("/video", Video) + "?token=secret");
        await bench.EndedAsync(id);

        var download = (await Eventually.GetAsync(
            () => Task.FromResult(collector.Spans.SingleOrDefault(span =>
                span.Name == $"process {QueueNames.AssetDownloads}" && Tag(span, "webhook.id") == id && span.TraceId is { } trace
                && collector.Spans.Any(other => other.TraceId.Equals(trace) && other.Name == "receive gemini"))),
            span => span is not null,
            "The download's trace"))!;
        var trace = collector.Spans.Where(span => span.TraceId.Equals(download.TraceId)).ToDictionary(span => span.SpanId);
        var way = new List<string>();
        for (var span = download; span is not null; span = trace.GetValueOrDefault(span.ParentSpanId))
        {
            // The worker itself also creates spans between those of the app.
            if (OwnSpan().IsMatch(span.Name))
            {
                way.Add(span.Name);
            }
        }

        Assert.Equal(
            [$"process {QueueNames.AssetDownloads}", $"send {QueueNames.AssetDownloads}", $"process {QueueNames.WebhookEvents}", $"send {QueueNames.WebhookEvents}", "receive gemini"],
            way);
        Assert.Equal($"gemini/{bench.Job}/video.mp4", Tag(download, "webhook.blob"));
        Assert.All(collector.Texts, text => Assert.DoesNotContain("token=secret", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rejected_webhook_is_counted_by_its_reason_and_logged_without_its_content()
    {
        using var logs = new CapturedLogs();
        await using var collector = await OtlpCollector.StartAsync(Cancel);
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, logs: logs, settings: collector.AddTo(new Dictionary<string, string>()));

        var status = await bench.SendAsync("id-private", Encoding.UTF8.GetBytes("""{"prompt":"something private"}"""), genuine: false);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        await Eventually.GetAsync(
            () => Task.FromResult(collector.Counts("webhooks.rejected")), counts => counts is ["1 provider=gemini reason=WrongSignature"], "The count");
        var line = await Eventually.GetAsync(
            () => Task.FromResult(collector.Logs.Select(log => log.Record.Body.StringValue).SingleOrDefault(text => text.Contains("WrongSignature", StringComparison.Ordinal))),
            line => line is not null,
            "The line");
        Assert.Contains("gemini", line, StringComparison.Ordinal);
        Assert.DoesNotContain(collector.Texts.Concat(logs.Lines.Select(each => each.Text)), text => text.Contains("private", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_outcome_is_counted_where_it_occurs()
    {
        await using var collector = await OtlpCollector.StartAsync(Cancel);
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, settings: collector.AddTo(new Dictionary<string, string>()));
        var (stored, failed, retried) = ($"id-{Guid.NewGuid():n}", $"id-{Guid.NewGuid():n}", $"id-{Guid.NewGuid():n}");

        await bench.SendAsync(stored, bench.Source.Serve("/video", Video));
        await bench.EndedAsync(stored);
        await bench.SendAsync(failed, bench.Source.Url("/missing"), $"job-{Guid.NewGuid():n}");
        await bench.EndedAsync(failed);
        await bench.SendAsync(retried, bench.Source.On("/busy", exchange => exchange.AnswerAsync("503 Busy", "Retry-After: 3600\r\n")), $"job-{Guid.NewGuid():n}");
        // After the seven days of duplicate detection, a webhook with the same id is accepted again.
        var again = new EventMessage
        {
            Key = EventKey.Create("gemini", stored), Coverage = SignatureCoverage.RawBody, ReceivedAt = DateTimeOffset.UnixEpoch, Body = BinaryData.FromString("{}"),
        };
        await bench.App.Services.GetRequiredService<QueueSenders>().Events.SendMessageAsync(again.Replayed(1).ToMessage(), Cancel);
        await bench.RunMaintenanceAsync();

        (string Metric, string[] Counts)[] expected =
        [
            ("assets.finished", ["1 outcome=failed provider=gemini reason=Refused", "1 outcome=stored provider=gemini"]),
            ("assets.retries", ["1 provider=gemini reason=ServerError"]),
            ("messages.dead_lettered", ["1 queue=asset-downloads reason=Refused"]),
            ("webhooks.duplicates", ["1 provider=gemini"]),
            ("webhooks.received", ["3 provider=gemini"]),
            ("webhooks.enqueue.duration", ["3 provider=gemini"]),
        ];
        foreach (var (metric, counts) in expected)
        {
            await Eventually.GetAsync(() => Task.FromResult(string.Join(", ", collector.Counts(metric))), seen => seen == string.Join(", ", counts), metric);
        }

        Assert.Equal(Video.Length, Assert.Single(collector.Metrics["assets.bytes"].Sum.DataPoints).AsInt);
        var (duration, rate) = (Sum("assets.download.duration"), Sum("assets.download.rate"));
        Assert.Equal(Video.Length / duration, rate, rate * 1e-6);
        // An unfinished event is that of the webhook above, or of an earlier test.
        await Eventually.TrueAsync(
            () => Task.FromResult(collector.Metrics.TryGetValue("events.oldest_unfinished.age", out var age) && age.Gauge.DataPoints.Any(point => point.AsDouble > 0)),
            "The age of the oldest unfinished event");

        double Sum(string metric) => Assert.Single(collector.Metrics[metric].Histogram.DataPoints).Sum;
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("dynamic", true)]
    [InlineData("recovery", true)]
    [InlineData("recover", false)]
    [InlineData("RECOVER", false)]
    public void The_receivers_route_does_not_match_recover_whichever_function_the_host_tries_first(string? mode, bool isTheReceivers)
    {
        var route = typeof(ReceiveWebhook).GetMethod(nameof(ReceiveWebhook.RunAsync))!.GetParameters()
            .SelectMany(parameter => parameter.GetCustomAttributes(typeof(HttpTriggerAttribute), false)).Cast<HttpTriggerAttribute>().Single().Route!;
        var pattern = route[(route.IndexOf("regex(", StringComparison.Ordinal) + "regex(".Length)..route.LastIndexOf(')')];
        var constraint = new OptionalRouteConstraint(new RegexInlineRouteConstraint(pattern));

        // Without the optional last part the route has no value for it.
        var values = mode is null ? [] : new RouteValueDictionary { ["mode"] = mode };
        var matches = constraint.Match(new DefaultHttpContext(), route: null, "mode", values, RouteDirection.IncomingRequest);

        Assert.Equal(isTheReceivers, matches);
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static string? Tag(Span span, string name) => span.Attributes.FirstOrDefault(tag => tag.Key == name)?.Value.StringValue;

    [GeneratedRegex("^(?:receive|send|process) ")]
    private static partial Regex OwnSpan();
}
