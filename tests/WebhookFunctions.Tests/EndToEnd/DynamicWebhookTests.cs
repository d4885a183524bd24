using System.Net;
using System.Text;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Providers.StandIns;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of Gemini's dynamic webhooks in the whole app, and of when a token in the URL is required.</summary>
public sealed class DynamicWebhookTests(AzuriteFixture azurite, AppWithTokens shared) : IClassFixture<AppWithTokens>
{
    private readonly RunningApp _app = shared.Running;

    [Fact]
    public async Task A_delivery_with_the_token_is_accepted_and_recorded()
    {
        var id = NewId();

        Assert.Equal(HttpStatusCode.OK, await PostAsync(_app, $"gemini/dynamic?token={SampleSettings.Token}", Dynamic(id)));

        var row = await _app.EndedAsync("gemini", id);
        Assert.Equal((EventState.Recorded, SignatureCoverage.RawBody), (row.State, row.Coverage));
        Assert.Equal(nameof(JobStatus.Failed), (await _app.Results.FindJobAsync("gemini", row.JobId, TestContext.Current.CancellationToken))?.GetString("Status"));
        Assert.DoesNotContain(_app.Logs.Lines, line => line.Text.Contains(SampleSettings.Token, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gemini/dynamic")]
    [InlineData("gemini/dynamic?token=another-token_of~tests")]
    [InlineData("geminigen")]
    [InlineData("geminigen?token=another-token_of~tests")]
    public async Task A_genuine_delivery_without_the_token_is_refused_and_stores_nothing(string route)
    {
        // The other tests of the class do not wait for the end of what they sent.
        var storedBefore = await Eventually.GetAsync(_app.CountStoredAsync, counts => counts.Messages == 0, "The end of every message");
        var id = NewId();

        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(_app, route, route.StartsWith("geminigen", StringComparison.Ordinal) ? GeminiGen(id) : Dynamic(id)));

        Assert.Equal(storedBefore, await _app.CountStoredAsync());
        Assert.DoesNotContain(_app.Logs.Lines, line => line.Text.Contains("another-token", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_does_not_make_a_forgery_accepted_and_is_ignored_if_the_signature_proves_the_event()
    {
        var (forged, headers) = Dynamic(NewId());
        Assert.Equal(
            HttpStatusCode.BadRequest, await PostAsync(_app, $"gemini/dynamic?token={SampleSettings.Token}", (forged.Replace("failed", "cancelled", StringComparison.Ordinal), headers)));

        var (sync, _) = _app.Write("sync", "FAILED");
        Assert.Equal(
            HttpStatusCode.OK,
            await PostAsync(_app, "sync?token=none-of-the-tokens", (sync.Body, _app.Keys.Sign("sync", sync.WebhookId, Encoding.UTF8.GetBytes(sync.Body)))));
    }

    [Fact]
    public async Task Neither_signature_form_is_accepted_at_the_other_address()
    {
        var (body, headers) = Dynamic(NewId());
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(_app, "gemini", (body, headers)));

        var (webhook, _) = _app.Write("gemini", "batch.failed");
        var signed = _app.Keys.Sign("gemini", webhook.WebhookId, Encoding.UTF8.GetBytes(webhook.Body));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(_app, $"gemini/dynamic?token={SampleSettings.Token}", (webhook.Body, signed)));
    }

    [Fact]
    public async Task An_API_key_alone_turns_the_address_on_and_without_it_and_a_token_it_is_off()
    {
        await using var withKey = await StartAsync(("GEMINI_API_KEY", GeminiStandIn.ApiKey), ("GEMINI_WEBHOOK_SECRET", ""));
        var job = NewId();
        withKey.Api.AddJob($"batches/{job}", $$"""{"name":"batches/{{job}}","metadata":{"state":"BATCH_STATE_FAILED"},"done":true}""");
        var id = NewId();
        Assert.Equal(HttpStatusCode.OK, await PostAsync(withKey.Running, "gemini/dynamic", Dynamic(id, job)));
        Assert.Equal(EventState.Recorded, (await withKey.Running.EndedAsync("gemini", id)).State);
        Assert.Contains(withKey.Api.Requests, request => request.PathAndQuery.StartsWith($"/v1beta/batches/{job}", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(withKey.Running, "gemini", Dynamic(NewId())));

        await using var without = await StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(without.Running, "gemini/dynamic", Dynamic(NewId())));
    }

    [Fact]
    public async Task While_Googles_keys_are_unavailable_a_webhook_is_answered_503()
    {
        await using var app = await StartAsync(SampleSettings.GeminiToken, SampleSettings.Dynamic);
        app.Api.Outage = 503;
        var route = $"gemini/dynamic?token={SampleSettings.Token}";
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var jwt = GeminiStandIn.Sign($$"""{"iss":"https://accounts.google.com","aud":"{{SampleSettings.Audience}}","iat":{{now}},"exp":{{now + 300}}}""");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PostAsync(app.Running, route, Dynamic(NewId())));
        Assert.Equal(
            HttpStatusCode.ServiceUnavailable,
            await PostAsync(app.Running, route, ("{}", new Dictionary<string, string> { ["webhook-id"] = "id", ["webhook-signature"] = jwt })));
    }

    private static string NewId() => SampleScene.NewId();

    private static (string Body, IReadOnlyDictionary<string, string> Headers) Dynamic(string id, string job = "job")
    {
        var body = $$"""{"type":"batch.failed","version":"v1","data":{"id":"{{job}}"} }""";
        return (body, GeminiStandIn.SignDynamic(id, Encoding.UTF8.GetBytes(body), TimeProvider.System.GetUtcNow())
            .ToDictionary(header => header.Name, header => header.Value!));
    }

    private (string Body, IReadOnlyDictionary<string, string> Headers) GeminiGen(string id) =>
        ($$"""{"event":"TTS_TEXT_FAILED","uuid":"{{id}}","data":{"uuid":"job","status":3} }""", _app.Keys.Sign("geminigen", id, []));

    private static async Task<HttpStatusCode> PostAsync(RunningApp app, string route, (string Body, IReadOnlyDictionary<string, string> Headers) webhook)
    {
        using var request = WebhookHttp.Request(RunningApp.Address(route), Encoding.UTF8.GetBytes(webhook.Body), webhook.Headers);
        using var answer = await app.SendAsync(request);
        return answer.StatusCode;
    }

    private async Task<AppWithApi> StartAsync(params (string Name, string? Value)[] settings)
    {
        var app = new AppWithApi(azurite, settings);
        await app.InitializeAsync();
        return app;
    }
}

/// <summary>App that has a token in the URL for each provider whose signature does not prove the content.</summary>
public sealed class AppWithTokens(AzuriteFixture azurite) : AppWithApi(azurite, SampleSettings.GeminiToken, SampleSettings.GeminiGenToken);
