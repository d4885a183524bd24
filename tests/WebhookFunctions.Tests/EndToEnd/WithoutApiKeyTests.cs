using System.Net;
using System.Text;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Providers.StandIns;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of Gemini's webhooks in an app without a key for its API. Results behind the API are recorded, and a final state that nothing
/// confirms is unconfirmed.</summary>
public sealed class WithoutApiKeyTests(AppWithoutApiKeys shared) : IClassFixture<AppWithoutApiKeys>
{
    private readonly RunningApp _app = shared.Running;

    [Fact]
    public async Task A_result_behind_the_API_is_recorded_with_the_reason_and_not_requested()
    {
        string[] events = ["video.generated", "video.generated:file_name", "batch.succeeded", "batch.succeeded:no-link", "interaction.completed", "interaction.requires_action"];
        foreach (var name in events)
        {
            var (webhook, _) = _app.Write("gemini", name);

            await _app.AssertAcceptedAsync("gemini", webhook);

            var row = await _app.EndedAsync("gemini", webhook.WebhookId);
            Assert.Equal(EventState.Recorded, row.State);
            Assert.Contains("GEMINI_API_KEY", row.Entity.GetString("Note"), StringComparison.Ordinal);
        }

        Assert.All(shared.Api.Requests, request => Assert.Equal(GeminiStandIn.JwksPath, request.PathAndQuery));
    }

    [Fact]
    public async Task A_final_state_that_nothing_proves_is_unconfirmed_and_only_Googles_hosts_are_requested()
    {
        var job = SampleScene.NewId();
        var body = Encoding.UTF8.GetBytes(
            $$"""{"type":"video.generated","data":{"id":"{{job}}","output_file_uri":"https://evil.example/video.mp4"} }""");
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        using var request = WebhookHttp.Request(RunningApp.Address("gemini/dynamic"), body, new Dictionary<string, string>
        {
            ["webhook-id"] = job,
            ["webhook-signature"] = GeminiStandIn.Sign(
                $$"""{"iss":"https://accounts.google.com","aud":"{{SampleSettings.Audience}}","iat":{{now}},"exp":{{now + 300}}}"""),
        });

        using var answer = await _app.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var row = await _app.EndedAsync(EventSpaces.Jwt("gemini"), job);
        Assert.Equal((EventState.Recorded, SignatureCoverage.SenderOnly, Assurance.Unconfirmed), (row.State, row.Coverage, row.Assurance));
        Assert.Contains("GEMINI_API_KEY", row.Entity.GetString("Note"), StringComparison.Ordinal);
        var asset = Assert.Single(await _app.Results.AssetsAsync(row, TestContext.Current.CancellationToken));
        Assert.Equal(AssetState.Recorded, asset.State);
        Assert.Contains("evil.example", asset.LastError, StringComparison.Ordinal);
        Assert.Contains("GEMINI_WEBHOOK_TOKEN or GEMINI_API_KEY", asset.LastError, StringComparison.Ordinal);
        var found = await _app.Results.FindJobAsync("gemini", job, TestContext.Current.CancellationToken);
        Assert.Equal(nameof(JobStatus.Unconfirmed), found?.GetString("Status"));
    }
}
