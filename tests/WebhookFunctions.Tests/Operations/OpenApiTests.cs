using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Infra;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests that openapi.json describes the routes of the running app, their keys and their answers.</summary>
[Collection(OperatorCollection.Name)]
public sealed class OpenApiTests(SharedBench shared) : IClassFixture<SharedBench>
{
    private static readonly byte[] Video = [.. "\0\0\0\u0018ftypisom"u8, .. new byte[2000]];
    private static readonly string Text = File.ReadAllText(Repository.File("functions/Operations/openapi.json"));
    private static readonly JsonNode Document = JsonNode.Parse(Text)!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_is_OpenAPI_3_1()
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Text));

        var read = await Microsoft.OpenApi.OpenApiDocument.LoadAsync(stream, "json", cancellationToken: Cancel);

        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Equal(Microsoft.OpenApi.OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
    }

    [Fact]
    public void Every_route_of_the_app_is_described_with_the_key_that_it_requires()
    {
        var functions = typeof(ReceiveWebhook).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Select(method => method.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(trigger => trigger is not null))
            .OfType<HttpTriggerAttribute>()
            // A function without methods in its trigger answers wrong methods itself. Its methods are POST and OPTIONS.
            .SelectMany(trigger => RoutesOf(trigger.Route!).SelectMany(
                route => (trigger.Methods ?? ["post", "options"]).Select(method => $"{method} /{route} {KeyOf(trigger.AuthLevel)}")))
            .Order(StringComparer.Ordinal);
        var described = Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(
            operation => $"{operation.Key} {path.Key} {operation.Value!["security"]!.AsArray() switch
            {
                [var one] => one!.AsObject().Single().Key,
                _ => "",
            }}"));

        Assert.Equal(functions, described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_app_serves_the_document()
    {
        var bench = await shared.GetAsync();

        var (status, json) = await bench.GetAsync("openapi.json");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(JsonNode.DeepEquals(Document, JsonNode.Parse(json.GetRawText())));
    }

    [Fact]
    public async Task Every_operation_answers_as_described()
    {
        var bench = await shared.GetAsync();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(bench.App.BaseAddress, "api/") };
        var (stored, failed) = ($"id-{Guid.NewGuid():n}", $"id-{Guid.NewGuid():n}");
        var other = $"job-{Guid.NewGuid():n}";
        await bench.SendAsync(stored, bench.Source.Serve("/video", Video));
        await bench.EndedAsync(stored);
        await bench.SendAsync(failed, bench.Source.Url("/no-video"), other);
        await bench.EventAsync(failed, row => row.State == EventState.CompletedWithFailures);
        var number = (await bench.DeadLettersAsync(QueueNames.AssetDownloads, 1))[0].GetProperty("sequenceNumber").GetInt64();
        var called = new HashSet<string>();
        var jobs = new { jobIds = (string[])["job"] };

        await CallAsync("get", "/health", "health", 200);
        await CallAsync("get", "/health/details", "health/details", 200);
        await CallAsync("get", "/openapi.json", "openapi.json", 200);
        await CallAsync("get", "/dashboard/{path}", "dashboard/", 200);
        await CallAsync("get", "/dashboard/{path}", "dashboard/app.js", 200);
        await CallAsync("get", "/dashboard/{path}", "dashboard/reasons.json", 200);
        await CallAsync("get", "/dashboard/{path}", "dashboard/none", 404);
        await CallAsync("get", "/jobs", "jobs", 200);
        await CallAsync("get", "/jobs", "jobs?top=1&status=Succeeded&provider=gemini", 200);
        await CallAsync("get", "/jobs", "jobs?top=none", 400);
        await CallAsync("get", "/jobs/{provider}", $"jobs/gemini?id={bench.Job}", 200);
        await CallAsync("get", "/jobs/{provider}", $"jobs/gemini?id={bench.Job}&links=5&download=true", 200);
        await CallAsync("get", "/jobs/{provider}", $"jobs/gemini?id={other}&links=5", 200);
        await CallAsync("get", "/jobs/{provider}", "jobs/gemini", 400);
        await CallAsync("get", "/jobs/{provider}", "jobs/gemini?id=none", 404);
        await CallAsync("get", "/events", "events?top=2", 200);
        await CallAsync("get", "/events", "events?state=failed", 200);
        await CallAsync("get", "/events", "events?state=none", 400);
        await CallAsync("get", "/events/{space}", $"events/gemini?id={failed}", 200);
        await CallAsync("get", "/events/{space}", "events/gemini?id=none", 404);
        await CallAsync("get", "/events/{space}/body", $"events/gemini/body?id={stored}", 200);
        await CallAsync("get", "/events/{space}/body", "events/gemini/body?id=none", 404);
        await CallAsync("get", "/dead-letters/{queue}", "dead-letters/asset-downloads", 200);
        await CallAsync("get", "/dead-letters/{queue}", "dead-letters/webhook-events", 200);
        await CallAsync("get", "/dead-letters/{queue}", "dead-letters/webhook-events?cursor=x", 400);
        await CallAsync("get", "/dead-letters/{queue}", "dead-letters/none", 404);
        await CallAsync("post", "/dead-letters/{queue}/replay", "dead-letters/asset-downloads/replay", 200, new { sequenceNumbers = new[] { number, 1_000_000 } });
        await CallAsync("post", "/dead-letters/{queue}/replay", "dead-letters/asset-downloads/replay", 400, new { });
        await CallAsync("get", "/dead-letters/{queue}", "dead-letters/job-notifications", 200);
        await CallAsync("post", "/notifications/test", "notifications/test", 409);
        await bench.EventAsync(failed, row => row.State == EventState.CompletedWithFailures);
        await CallAsync("post", "/events/{space}/refetch", $"events/gemini/refetch?id={stored}", 202);
        await CallAsync("post", "/events/{space}/refetch", "events/gemini/refetch?id=none", 404);
        await CallAsync("post", "/webhooks/{provider}/recover", "webhooks/gemini/recover", 409, jobs);
        await CallAsync("post", "/webhooks/{provider}/recover", "webhooks/none/recover", 404, jobs);
        await CallAsync("post", "/webhooks/{provider}", "webhooks/gemini", 400, new { });
        await CallAsync("post", "/webhooks/{provider}", "webhooks/none", 404, new { });
        await CallAsync("post", "/webhooks/gemini/dynamic", "webhooks/gemini/dynamic", 404, new { });
        await CallAsync("options", "/webhooks/{provider}", "webhooks/sync", 204);
        await CallAsync("options", "/webhooks/{provider}", "webhooks/none", 404);
        await CallAsync("options", "/webhooks/gemini/dynamic", "webhooks/gemini/dynamic", 204);
        await CallAsync("delete", "/jobs/{provider}", $"jobs/gemini?id={other}", 200);
        await CallAsync("delete", "/jobs/{provider}", "jobs/none?id=a", 404);

        Assert.Equal(
            Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key} {path.Key}")).Order(),
            called.Order());

        async Task CallAsync(string method, string path, string address, int expected, object? body = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Parse(method), address) { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await http.SendAsync(request, Cancel);
            Assert.True(expected == (int)answer.StatusCode, $"{method} {address} was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(Cancel)}");
            called.Add($"{method} {path}");
            AssertDescribed(method, path, (int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(Cancel));
        }
    }

    private static void AssertDescribed(string method, string path, int status, string? mediaType, string body)
    {
        var response = Document["paths"]![path]![method]!["responses"]![$"{status}"];
        Assert.True(response is not null, $"{method} {path}: {status} is not described.");
        if (response["$ref"] is { } reference)
        {
            response = Document["components"]!["responses"]![reference.GetValue<string>().Split('/')[^1]]!;
        }

        if (response["content"] is not { } content)
        {
            return;
        }

        if (mediaType?.EndsWith("json", StringComparison.Ordinal) == false)
        {
            Assert.True(content[mediaType] is not null, $"{method} {path}: {status} is described without {mediaType}.");
            return;
        }

        Assert.True(content[mediaType!] is not null, $"{method} {path}: {status} is described without {mediaType}.");
        var result = SchemaOf(content[mediaType!]!["schema"]!).Evaluate(
            JsonElement.Parse(body), new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
        Assert.True(result.IsValid, $"{method} {path} {status}: {body}\n{JsonSerializer.Serialize(result.Details?.Where(detail => detail.Errors is not null))}");
    }

    // References are relative to the document, so its schemas are added to the tested one.
    private static JsonSchema SchemaOf(JsonNode schema)
    {
        var whole = schema.DeepClone().AsObject();
        whole["$defs"] = Document["components"]!["schemas"]!.DeepClone();
        return JsonSchema.FromText(whole.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal));
    }

    // The optional last part is the provider's signing mode, and only Gemini has two.
    private static string[] RoutesOf(string route) => route.StartsWith("webhooks/{provider}/{mode", StringComparison.Ordinal)
        ? ["webhooks/{provider}", "webhooks/gemini/dynamic"]
        // OpenAPI has no parameter for the rest of a path. One segment is enough, because the page's files are in one folder.
        : [route.Replace("{*path}", "{path}", StringComparison.Ordinal)];

    private static string KeyOf(AuthorizationLevel level) => level switch
    {
        AuthorizationLevel.Anonymous => "",
        AuthorizationLevel.Admin => "masterKey",
        _ => "functionKey",
    };
}
