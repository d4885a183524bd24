using System.Net;
using System.Text;
using FunctionsHost.Functions;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Telemetry;
using WebhookFunctions.Tests.Telemetry.Otlp;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of the telemetry that the real worker exports and of the logs of its host, which a deployment has in Application Insights and
/// in the log stream.</summary>
public sealed class ExportedTelemetryTests(AzuriteFixture azurite)
{
    // Contained in queries, keys, tokens, bodies and links. It must not appear in any telemetry.
    private const string Secret = "s3cret-mark";

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE"];

    [Fact]
    public async Task No_query_key_body_token_or_link_is_in_any_log_span_or_metric_of_any_route()
    {
        await using var collector = await OtlpCollector.StartAsync(BoundedTest.Token);
        IReadOnlyCollection<LogLine> lines;
        string webhookId, linkToken;
        List<HttpTrigger> routes;
        await using (var app = await StartAsync(collector))
        {
            routes = [.. app.Host.Functions.Select(function => function.Trigger).OfType<HttpTrigger>()];
            foreach (var route in routes)
            {
                foreach (var method in route.Methods.Count > 0 ? route.Methods : Methods)
                {
                    using var answer = await app.SendAsync(Marked(method, route));
                    Assert.NotEqual(HttpStatusCode.InternalServerError, answer.StatusCode);
                }
            }

            var (webhook, scene) = app.Write("sync", "COMPLETED");
            (webhookId, linkToken) = (webhook.WebhookId, new Uri(scene.Links[0]).Query["?token=".Length..]);
            var body = Encoding.UTF8.GetBytes(webhook.Body.Replace("\"options\": {", $"\"options\": {{ \"prompt\": \"{Secret}\",", StringComparison.Ordinal));
            var signed = new Uri($"{RunningApp.Address("sync")}?code={Secret}&token={Secret}", UriKind.Relative);
            using (var answer = await app.SendAsync(WebhookHttp.Request(signed, body, app.Keys.Sign("sync", webhookId, body))))
            {
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }

            Assert.Equal(EventState.Completed, (await app.EndedAsync("sync", webhookId)).State);
            Assert.Null(await app.Host.RunTimerAsync(nameof(RunMaintenance), BoundedTest.Token));
            lines = app.Logs.Lines;
        }

        // The worker has ended, and has exported all of its telemetry.
        Assert.Contains(routes, route => route.Level == AuthorizationLevel.Admin);
        Assert.NotEmpty(collector.Logs);
        Assert.Contains("1 provider=sync", collector.Counts("webhooks.received"));
        Assert.Contains(collector.Spans, span => Has(span, webhookId));
        foreach (var text in collector.Texts.Concat(lines.Select(line => $"{line.Category} {line.Text}")))
        {
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(linkToken, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_webhook_is_logged_once_by_the_app_and_never_by_the_framework()
    {
        await using var collector = await OtlpCollector.StartAsync(BoundedTest.Token);
        await using (var app = await StartAsync(collector))
        {
            var (webhook, _) = app.Write("sync", "FAILED");
            await app.AssertAcceptedAsync("sync", webhook);
            await app.EndedAsync("sync", webhook.WebhookId);
            // The Functions host would export everything that the worker writes to its console a second time.
            Assert.DoesNotContain(app.Logs.Lines, line => line.Category == "Host.Function.Console");
        }

        var categories = collector.Logs.Select(log => log.Category).ToList();
        Assert.Contains(categories, category => category.StartsWith("WebhookFunctions.", StringComparison.Ordinal));
        Assert.DoesNotContain(categories, category => category.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        Assert.DoesNotContain(categories, category => category.StartsWith("System.Net.Http", StringComparison.Ordinal));
        var own = collector.Logs
            .Where(log => log.Category.StartsWith("WebhookFunctions.", StringComparison.Ordinal))
            .Select(log => $"{log.Category} {log.Record.Body.StringValue} {string.Join(' ', log.Record.Attributes.Select(each => $"{each.Key}={each.Value.StringValue}"))}")
            .ToList();
        Assert.Equal(own.Distinct(StringComparer.Ordinal), own);
    }

    private async Task<RunningApp> StartAsync(OtlpCollector collector) => await RunningApp.StartAsync(
        await azurite.NewAccountAsync(), options => options with { Settings = collector.AddTo(options.Settings) });

    private static bool Has(Span span, string webhookId) =>
        span.Attributes.Any(tag => tag.Key == "webhook.id" && tag.Value.StringValue == webhookId);

    /// <summary>Returns a request for a route with the secret everywhere except in the path, which telemetry may contain.</summary>
    private static HttpRequestMessage Marked(string method, HttpTrigger route)
    {
        var path = route.Route
            .Replace("{provider}", "sync", StringComparison.Ordinal)
            .Replace("{space}", "sync", StringComparison.Ordinal)
            .Replace("{queue}", "asset-downloads", StringComparison.Ordinal);
        // The remaining part is optional.
        path = path.Contains("/{", StringComparison.Ordinal) ? path[..path.IndexOf("/{", StringComparison.Ordinal)] : path;
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"{path}?code={Secret}&token={Secret}&id=an-id&other={Secret}", UriKind.Relative));
        if (method is "POST" or "PUT")
        {
            request.Content = new StringContent($$"""{"id":"{{Secret}}","link":"https://media.example/a?token={{Secret}}"}""", Encoding.UTF8, "application/json");
        }

        request.Headers.Add("x-functions-key", Secret);
        request.Headers.Add("Sync-Signature", $"t=1,v1={Secret}");
        return request;
    }
}
