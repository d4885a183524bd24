using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading;
using WebhookFunctions.Downloading.Sources;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Providers.Gemini;
using WebhookFunctions.Tests.Providers.StandIns;

namespace WebhookFunctions.Tests.Providers;

public sealed class GeminiApiTests : IAsyncLifetime
{
    private GeminiStandIn _api = null!;
    private ProviderBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await GeminiStandIn.StartAsync();
        _bench = new ProviderBench(
            SampleSettings.Gemini,
            SampleSettings.Dynamic,
            ("GEMINI_API_KEY", GeminiStandIn.ApiKey),
            ("GEMINI_API_BASE_URL", _api.Origin),
            ("GEMINI_JWKS_URL", _api.Origin + GeminiStandIn.JwksPath));
    }

    public async ValueTask DisposeAsync()
    {
        _bench.Dispose();
        await _api.Storage.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Theory]
    [InlineData("video.generated", false)]
    [InlineData("batch.succeeded", true)]
    public async Task A_file_is_fetched_with_the_key_and_the_key_is_sent_only_to_the_API(string type, bool isBatchFile)
    {
        var content = Encoding.UTF8.GetBytes("the content");
        _api.AddFile("abc", content, "video/mp4", isBatchFile);
        var asset = Assert.Single(Interpret(type, new { id = "x", output_file_uri = "https://generativelanguage.googleapis.com/v1beta/files/abc:download?alt=media" }).Assets);

        using var answer = Assert.IsType<SourceResult.Answered>(await GetAsync(asset)).Answer;
        using var reader = new StreamReader(await answer.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("the content", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));

        // One request to each host, without an earlier request for the file's metadata.
        Assert.Equal(GeminiStandIn.ApiKey, Assert.Single(_api.Requests).Header("x-goog-api-key"));
        var stored = Assert.Single(_api.Storage.Requests);
        Assert.Null(stored.Header("x-goog-api-key"));
        Assert.Null(stored.Header("Authorization"));
    }

    [Fact]
    public async Task A_file_that_is_not_ready_yet_is_requested_again_and_then_fetched()
    {
        _api.AddUnfinishedFile("abc", Encoding.UTF8.GetBytes("content"), "video/mp4", refusals: 1);
        var asset = Assert.Single(Interpret("video.generated", new { id = "x", file_name = "files/abc" }).Assets);

        var early = Assert.IsType<SourceResult.Failed>(await GetAsync(asset)).Failure;
        Assert.IsType<SourceResult.Answered>(await GetAsync(asset)).Answer.Dispose();

        Assert.Equal(FailureReason.Busy, early.Reason);
        Assert.False(early.IsPermanent);
    }

    [Theory]
    [InlineData("""{"error":{"code":400,"status":"INVALID_ARGUMENT"}}""")]
    [InlineData("")]
    public async Task Any_other_refusal_is_final(string body)
    {
        _api.OnJson("/v1beta/files/abc:download", body, 400);
        var asset = Assert.Single(Interpret("video.generated", new { id = "x", file_name = "files/abc" }).Assets);

        Assert.Equal(FailureReason.Refused, Assert.IsType<SourceResult.Failed>(await GetAsync(asset)).Failure.Reason);
    }

    [Theory]
    [InlineData("""{"name":"batches/b","done":true,"response":{"responsesFile":"files/out"}}""", "out")]
    [InlineData("""{"metadata":{"output":{"responsesFile":"files/out"},"state":"BATCH_STATE_SUCCEEDED"}}""", "out")]
    [InlineData("{}", null)]
    public async Task A_batchs_document_leads_to_its_file(string document, string? fileId)
    {
        var assets = await _bench["gemini"]
            .ExpandAsync("batch", new MemoryStream(Encoding.UTF8.GetBytes(document)), TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            fileId is null ? [] : [("results", $"{_api.Origin}/download/v1beta/files/{fileId}:download?alt=media")],
            assets.Select(asset => (asset.Name, asset.Url)));
    }

    [Theory]
    [InlineData("batch.succeeded", "batches/b", """{"metadata":{"state":"BATCH_STATE_SUCCEEDED"},"response":{"responsesFile":"files/true"}}""", JobStatus.Succeeded, "results")]
    [InlineData("batch.succeeded", "batches/b", """{"metadata":{"state":"BATCH_STATE_SUCCEEDED"},"response":{"inlinedResponses":{}}}""", JobStatus.Succeeded, "batch")]
    [InlineData("batch.succeeded", "batches/b", """{"metadata":{"state":"BATCH_STATE_CANCELLED"}}""", JobStatus.Cancelled, null)]
    [InlineData("batch.failed", "batches/b", """{"metadata":{"state":"BATCH_STATE_FAILED"},"error":{"code":13,"message":"boom"}}""", JobStatus.Failed, null)]
    [InlineData("batch.expired", "batches/b", """{"metadata":{"state":"BATCH_STATE_EXPIRED"}}""", JobStatus.Expired, null)]
    [InlineData("batch.failed", "batches/b", """{"state":"JOB_STATE_SUCCEEDED"}""", JobStatus.Succeeded, "batch")]
    [InlineData("interaction.completed", "interactions/i", """{"id":"i","status":"completed","outputs":[]}""", JobStatus.Succeeded, "interaction")]
    [InlineData("interaction.requires_action", "interactions/i", """{"id":"i","status":"requires_action"}""", JobStatus.NeedsAction, "interaction-requires-action")]
    [InlineData("interaction.failed", "interactions/i", """{"id":"i","status":"failed"}""", JobStatus.Failed, null)]
    [InlineData("interaction.cancelled", "interactions/i", """{"id":"i","status":"cancelled"}""", JobStatus.Cancelled, null)]
    [InlineData("video.generated", "models/veo-3.1/operations/o", """{"done":true,"response":{"generateVideoResponse":{"generatedSamples":[{"video":{"uri":"https://generativelanguage.googleapis.com/v1beta/files/true:download?alt=media"}}]}}}""", JobStatus.Succeeded, "video")]
    [InlineData("video.generated", "operations/o", """{"done":true,"error":{"code":3,"message":"refused"}}""", JobStatus.Failed, null)]
    public async Task An_unproven_final_state_is_replaced_by_the_APIs(string type, string path, string job, JobStatus status, string? asset)
    {
        _api.AddJob(path, job);
        var id = path.Contains("operations", StringComparison.Ordinal) ? path : path.Split('/')[1];

        var confirmation = await _bench.ConfirmAsync("gemini", Body(type, new { id, output_file_uri = "files/forged" }), SignatureCoverage.SenderOnly);

        Assert.Equal((status, Assurance.Confirmed), (confirmation.Event.Status, confirmation.Event.Assurance));
        Assert.Equal(asset, confirmation.Event.Assets.SingleOrDefault()?.Name);
        Assert.DoesNotContain(confirmation.Event.Assets, found => found.Url.Contains("forged", StringComparison.Ordinal));
        Assert.Equal(GeminiStandIn.ApiKey, Assert.Single(_api.Requests).Header("x-goog-api-key"));
    }

    [Theory]
    [InlineData("batch.succeeded", "batches/b", """{"metadata":{"state":"BATCH_STATE_RUNNING"}}""")]
    [InlineData("batch.succeeded", "batches/b", """{"metadata":{"state":"BATCH_STATE_PENDING"}}""")]
    [InlineData("interaction.completed", "interactions/i", """{"status":"in_progress"}""")]
    [InlineData("video.generated", "operations/o", """{"name":"operations/o"}""")]
    public async Task A_job_that_is_not_finished_in_the_API_is_requested_again_later(string type, string path, string job)
    {
        _api.AddJob(path, job);
        var id = path.Contains("operations", StringComparison.Ordinal) ? path : path.Split('/')[1];

        var confirmation = await _bench.ConfirmAsync("gemini", Body(type, new { id }), SignatureCoverage.SenderOnly);

        Assert.IsType<Confirmation.Unfinished>(confirmation);
        Assert.IsNotType<Confirmation.Believed>(confirmation);
    }

    [Fact]
    public async Task A_job_that_the_API_does_not_know_is_denied()
    {
        var confirmation = await _bench.ConfirmAsync("gemini", Body("batch.succeeded", new { id = "nobodys" }), SignatureCoverage.SenderOnly);

        Assert.Contains("404", confirmation.Denial, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("video.generated", "bare-id")]
    [InlineData("video.generated", "operations/../files/x")]
    [InlineData("batch.succeeded", "../x")]
    [InlineData("batch.succeeded", null)]
    public async Task A_job_whose_id_the_API_cannot_have_stays_unconfirmed(string type, string? id)
    {
        var confirmation = await _bench.ConfirmAsync("gemini", Body(type, new { id }), SignatureCoverage.SenderOnly);

        Assert.Equal(JobStatus.Unconfirmed, confirmation.Event.Status);
        Assert.NotNull(confirmation.Event.Note);
        Assert.Empty(_api.Requests);
    }

    [Theory]
    [InlineData("b", "batches/b", """{"metadata":{"state":"BATCH_STATE_SUCCEEDED"},"response":{"responsesFile":"files/out"}}""", JobStatus.Succeeded, "results")]
    [InlineData("batches/b", "batches/b", """{"metadata":{"state":"BATCH_STATE_RUNNING"}}""", JobStatus.Running, null)]
    [InlineData("i", "interactions/i", """{"id":"i","status":"completed","outputs":[]}""", JobStatus.Succeeded, "interaction")]
    [InlineData("interactions/i", "interactions/i", """{"status":"requires_action"}""", JobStatus.NeedsAction, "interaction-requires-action")]
    [InlineData("models/veo-3.1/operations/o", "models/veo-3.1/operations/o", """{"done":true,"response":{"generateVideoResponse":{"generatedSamples":[{"video":{"uri":"https://generativelanguage.googleapis.com/v1beta/files/v:download?alt=media"}}]}}}""", JobStatus.Succeeded, "video")]
    [InlineData("models/veo-3.1/operations/o", "models/veo-3.1/operations/o", """{"done":true,"error":{"code":3,"message":"refused"}}""", JobStatus.Failed, null)]
    [InlineData("https://generativelanguage.googleapis.com/v1beta/batches/b", "batches/b", """{"metadata":{"state":"BATCH_STATE_RUNNING"}}""", JobStatus.Running, null)]
    [InlineData("v1beta/models/veo-3.1/operations/o", "models/veo-3.1/operations/o", """{"done":true,"error":{"code":3,"message":"refused"}}""", JobStatus.Failed, null)]
    [InlineData("o", "operations/o", """{"done":true,"error":{"code":3,"message":"refused"}}""", JobStatus.Failed, null)]
    public async Task A_job_whose_webhook_was_lost_is_requested_as_each_kind_that_its_id_allows(string id, string path, string job, JobStatus status, string? asset)
    {
        _api.AddJob(path, job);

        var recovered = await _bench["gemini"].RecoverAsync(id, TestContext.Current.CancellationToken);

        Assert.Equal(
            (RecoveredEvent.EventType, id.Split('/')[^1], status),
            (recovered.Event.EventType, recovered.Event.JobId, recovered.Event.Status));
        Assert.Equal(asset, recovered.Event.Assets.SingleOrDefault()?.Name);
        Assert.Null(recovered.Event.Note);
    }

    private const string VideoJob =
        """{"done":true,"response":{"generateVideoResponse":{"generatedSamples":[{"video":{"uri":"https://generativelanguage.googleapis.com/v1beta/files/v:download?alt=media"}}]}}}""";

    [Theory]
    [InlineData("models/veo-3.1/operations/o")]
    [InlineData("operations/o")]
    [InlineData("o")]
    public async Task A_proven_video_without_a_link_gets_it_from_the_API(string id)
    {
        _api.AddJob(id == "o" ? "operations/o" : id, VideoJob);

        var found = await _bench.ConfirmAsync("gemini", Body("video.generated", new { id }), SignatureCoverage.RawBody);

        Assert.Equal((Assurance.Signed, JobStatus.Succeeded, null), (found.Event.Assurance, found.Event.Status, found.Event.Note));
        Assert.Equal("video", Assert.Single(found.Event.Assets).Name);
        Assert.EndsWith("/v1beta/files/v:download?alt=media", found.Event.Assets[0].Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proven_video_without_a_link_that_the_API_does_not_know_has_that_reason()
    {
        var found = await _bench.ConfirmAsync("gemini", Body("video.generated", new { id = "nobodys" }), SignatureCoverage.RawBody);

        Assert.Empty(found.Event.Assets);
        Assert.Contains("404", found.Event.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proven_video_without_a_link_names_the_setting_with_which_the_API_could_be_asked()
    {
        using var bench = new ProviderBench(SampleSettings.Gemini);

        var found = await bench.ConfirmAsync("gemini", Body("video.generated", new { id = "o" }), SignatureCoverage.RawBody);

        Assert.Contains("GEMINI_API_KEY", found.Event.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_videos_link_is_renewed_by_its_job_and_keeps_its_name()
    {
        _api.AddJob("operations/o", VideoJob);
        var gemini = _bench["gemini"];

        var renewed = await gemini.RenewAsync(gemini.RenewalKey("o", "video")!, TestContext.Current.CancellationToken);

        var asset = Assert.Single(renewed.Event.Assets);
        Assert.Equal((gemini.RenewedName("video"), null), (asset.Name, gemini.RenewalSetting));
        Assert.EndsWith("/v1beta/files/v:download?alt=media", asset.Url, StringComparison.Ordinal);
        using var bench = new ProviderBench(SampleSettings.Gemini);
        Assert.Equal((null, "GEMINI_API_KEY"), (bench["gemini"].RenewalKey("o", "video"), bench["gemini"].RenewalSetting));
    }

    [Theory]
    [InlineData("nobodys", "404")]
    [InlineData("batches/nobodys", "404")]
    [InlineData("../files/x", "cannot be asked")]
    public async Task A_job_that_cannot_be_recovered_has_a_reason(string id, string why) => Assert.Contains(
        why, (await _bench["gemini"].RecoverAsync(id, TestContext.Current.CancellationToken)).Denial, StringComparison.Ordinal);

    [Fact]
    public async Task An_event_without_a_job_of_the_API_stays_unconfirmed_and_causes_no_call()
    {
        var confirmation = await _bench.ConfirmAsync("gemini", Body("webhook.ping", new { id = "x" }), SignatureCoverage.SenderOnly);

        Assert.Equal((JobStatus.Unknown, Assurance.Unconfirmed), (confirmation.Event.Status, confirmation.Event.Assurance));
        Assert.Empty(_api.Requests);
    }

    [Theory]
    [InlineData("batch.paused", "b")]
    [InlineData("anything", "batches/b")]
    [InlineData("", "batches/b")]
    public async Task The_content_of_an_event_of_any_type_comes_from_the_API(string type, string id)
    {
        _api.AddJob("batches/b", """{"metadata":{"state":"BATCH_STATE_SUCCEEDED","model":"models/gemini"},"response":{"responsesFile":"files/out"}}""");

        var confirmation = await _bench.ConfirmAsync(
            "gemini",
            Body(type, new { id, error_code = "X", error_message = "PWNED", model = "forged", user_metadata = new { group = "forged" } }),
            SignatureCoverage.SenderOnly);

        var generation = confirmation.Event;
        Assert.Equal((JobStatus.Succeeded, Assurance.Confirmed, "models/gemini"), (generation.Status, generation.Assurance, generation.Model));
        Assert.Equal((null, null, null, 0), (generation.ErrorCode, generation.ErrorMessage, generation.OccurredAt, generation.EventColumns.Count));
        Assert.Equal("results", Assert.Single(generation.Assets).Name);
    }

    [Fact]
    public async Task An_unknown_state_is_a_denial()
    {
        _api.AddJob("batches/b", """{"metadata":{"state":"BATCH_STATE_PAUSED"}}""");

        var confirmation = await _bench.ConfirmAsync("gemini", Body("batch.succeeded", new { id = "b" }), SignatureCoverage.SenderOnly);

        Assert.NotNull(confirmation.Denial);
        Assert.IsNotType<Confirmation.Believed>(confirmation);
    }

    [Fact]
    public async Task A_signature_over_the_body_needs_no_confirmation()
    {
        var confirmation = await _bench.ConfirmAsync("gemini", Body("batch.succeeded", new { id = "x" }), SignatureCoverage.RawBody);

        Assert.Equal(JobStatus.Succeeded, confirmation.Event.Status);
        Assert.Empty(_api.Requests);
    }

    [Theory]
    [InlineData("batch.succeeded", JobStatus.Unconfirmed)]
    [InlineData("interaction.failed", JobStatus.Unconfirmed)]
    [InlineData("interaction.requires_action", JobStatus.NeedsAction)]
    public async Task Without_a_key_a_final_state_stays_unconfirmed(string type, JobStatus status)
    {
        using var bench = new ProviderBench(SampleSettings.Dynamic);

        var confirmation = await bench.ConfirmAsync("gemini", Body(type, new { id = "x" }), SignatureCoverage.SenderOnly);

        Assert.Equal(status, confirmation.Event.Status);
        Assert.Contains("GEMINI_API_KEY", confirmation.Event.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("batches/b", """{"BIG","metadata":{"state":"BATCH_STATE_SUCCEEDED"}}""", "batch")]
    [InlineData("batches/b", """{"BIG","done":true}""", "batch")]
    [InlineData("operations/v", """{"done":true,"BIG","response":{"generateVideoResponse":{"generatedSamples":[{"video":{"uri":"files/a"}}]}}}""", "video")]
    public async Task Fields_after_a_long_value_in_an_answer_are_read(string id, string answer, string expected)
    {
        _api.OnJson($"/v1beta/{id}", WithLongValue(answer));

        var recovered = await _bench["gemini"].RecoverAsync(id, TestContext.Current.CancellationToken);

        Assert.Equal((JobStatus.Succeeded, expected), (recovered.Event.Status, Assert.Single(recovered.Event.Assets).Name));
    }

    [Theory]
    [InlineData("""{"response":{"responsesFile":"files/out"},"BIG"}""")]
    [InlineData("""{"BIG","response":{"responsesFile":"files/out"}}""")]
    public async Task A_batchs_file_is_found_before_or_after_a_long_value_in_its_document(string document)
    {
        await using var content = new MemoryStream(Encoding.UTF8.GetBytes(WithLongValue(document)));

        var asset = await _bench["gemini"].ExpandAsync(GeminiResults.BatchName, content, TestContext.Current.CancellationToken)
            .SingleAsync(TestContext.Current.CancellationToken);

        Assert.Equal(("results", AssetState.Pending), (asset.Name, asset.InitialState));
    }

    // Inserts a value that is far longer than the reader's buffer.
    private static string WithLongValue(string json) => json.Replace("\"BIG\"", $"\"big\":\"{new string('x', 17 * 1024 * 1024)}\"", StringComparison.Ordinal);

    private GenerationEvent Interpret(string type, object data) => _bench.Interpret("gemini", Body(type, data));

    private Task<SourceResult> GetAsync(AssetSource asset) =>
        new SourceClient(_bench.Http, Options.Create(new AssetOptions()), TimeProvider.System)
            .GetAsync(new SourceRequest(asset.Url, _bench["gemini"], null, null), TestContext.Current.CancellationToken);

    private static string Body(string type, object data) => JsonSerializer.Serialize(new { type, version = "v1", timestamp = "2026-01-22T12:00:00Z", data });
}
