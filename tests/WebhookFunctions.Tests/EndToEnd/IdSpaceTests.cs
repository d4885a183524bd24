using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Providers.StandIns;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests that a sender that may choose an id in one space uses up no id of another.</summary>
public sealed class IdSpaceTests(AppWithApiKeys shared) : IClassFixture<AppWithApiKeys>
{
    private readonly RunningApp _app = shared.Running;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_intercepted_token_does_not_use_up_the_id_of_a_signed_webhook()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        using var forged = WebhookHttp.Request(
            RunningApp.Address("gemini/dynamic"),
            Encoding.UTF8.GetBytes("""{"type":"webhook.ping","data":{"id":"nothing"}}"""),
            new Dictionary<string, string>
            {
                ["webhook-id"] = "msg_static",
                ["webhook-signature"] = GeminiStandIn.Sign(
                    $$"""{"iss":"https://accounts.google.com","aud":"{{SampleSettings.Audience}}","iat":{{now}},"exp":{{now + 300}}}"""),
            });
        using var caught = await _app.SendAsync(forged);
        Assert.Equal(HttpStatusCode.OK, caught.StatusCode);
        await _app.EndedAsync(EventSpaces.Jwt("gemini"), "msg_static");

        using var genuine = await _app.PostAsync("gemini", "msg_static", """{"type":"batch.failed","data":{"id":"batches/genuine"}}"""u8.ToArray());

        Assert.Equal(HttpStatusCode.OK, genuine.StatusCode);
        Assert.Equal("batch.failed", (await _app.EndedAsync("gemini", "msg_static")).Entity.GetString("EventType"));
        Assert.Equal(nameof(JobStatus.Failed), (await _app.Results.FindJobAsync("gemini", "genuine", Cancel))?.GetString("Status"));
    }

    [Theory]
    [InlineData("recovered:{0}:Failed")]
    [InlineData("recovered:batches/{0}:Failed")]
    [InlineData("{0}:Failed")]
    public async Task A_sender_cannot_use_up_the_id_of_a_recovery(string idOfRecovery)
    {
        var job = SampleScene.NewId();
        var webhookId = string.Format(CultureInfo.InvariantCulture, idOfRecovery, job);
        shared.Api.AddJob($"batches/{job}", """{"metadata":{"state":"BATCH_STATE_FAILED"},"error":{"code":13,"message":"why"}}""");
        using var sent = await _app.PostAsync("gemini", webhookId, """{"type":"webhook.ping","data":{"id":"nothing"}}"""u8.ToArray());
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        await _app.EndedAsync("gemini", webhookId);

        using var answer = await _app.SendAsync(new HttpRequestMessage(HttpMethod.Post, "webhooks/gemini/recover")
        {
            Content = JsonContent.Create(new { jobIds = new[] { $"batches/{job}" } }),
        });

        var recovered = JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancel)).GetProperty("jobs")[0];
        Assert.Equal("gemini.recovered", recovered.GetProperty("space").GetString());
        await _app.EndedAsync("gemini.recovered", recovered.GetProperty("webhookId").GetString()!);
        Assert.Equal(nameof(JobStatus.Failed), (await _app.Results.FindJobAsync("gemini", job, Cancel))?.GetString("Status"));
        using var found = await _app.SendAsync(new HttpRequestMessage(
            HttpMethod.Get, $"events/gemini.recovered?id={Uri.EscapeDataString(recovered.GetProperty("webhookId").GetString()!)}"));
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
    }

    [Fact]
    public async Task Two_webhooks_whose_job_and_status_join_to_the_same_text_are_two_events()
    {
        using var one = await _app.PostAsync("sync", "", """{"id":"col","status":"a:b"}"""u8.ToArray());
        using var other = await _app.PostAsync("sync", "", """{"id":"col:a","status":"b"}"""u8.ToArray());

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (one.StatusCode, other.StatusCode));
        Assert.Equal("col", (await _app.EndedAsync("sync", "col:a%3Ab")).JobId);
        Assert.Equal("col:a", (await _app.EndedAsync("sync", "col:a:b")).JobId);
    }
}
