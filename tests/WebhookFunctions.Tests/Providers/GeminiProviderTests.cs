using System.Text;
using System.Text.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Verification;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Providers;

public sealed class GeminiProviderTests
{
    private const string Api = "https://generativelanguage.googleapis.com";

    private static readonly (string, string?) ApiKey = ("GEMINI_API_KEY", "gemini-api-key");

    [Theory]
    [InlineData("batch.succeeded", JobStatus.Succeeded, "batch")]
    [InlineData("batch.completed", JobStatus.Succeeded, "batch")]
    [InlineData("batch.failed", JobStatus.Failed, null)]
    [InlineData("batch.cancelled", JobStatus.Cancelled, null)]
    [InlineData("batch.expired", JobStatus.Expired, null)]
    [InlineData("video.generated", JobStatus.Succeeded, null)]
    [InlineData("interaction.completed", JobStatus.Succeeded, "interaction")]
    [InlineData("interaction.requires_action", JobStatus.NeedsAction, "interaction-requires-action")]
    [InlineData("interaction.failed", JobStatus.Failed, null)]
    [InlineData("interaction.cancelled", JobStatus.Cancelled, null)]
    [InlineData("webhook.ping", JobStatus.Unknown, null)]
    [InlineData("ping", JobStatus.Unknown, null)]
    public void Every_event_leads_to_a_status_and_to_its_document_if_it_has_one(string type, JobStatus status, string? asset)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ApiKey);

        var generation = bench.Interpret("gemini", Body(type, new { id = "id-1", error_code = "C", error_message = "M" }));

        Assert.Equal((type, "id-1", status, type.Split('.')[^1]), (generation.EventType, generation.JobId, generation.Status, generation.ProviderStatus));
        Assert.Equal(("C", "M"), (generation.ErrorCode, generation.ErrorMessage));
        Assert.Equal(new DateTimeOffset(2026, 1, 22, 12, 0, 0, TimeSpan.Zero), generation.OccurredAt);
        Assert.Equal(asset, generation.Assets.SingleOrDefault()?.Name);
    }

    [Theory]
    [InlineData("batch.succeeded", "batches/b1", Api + "/v1beta/batches/b1", true)]
    [InlineData("batch.succeeded", "b1", Api + "/v1beta/batches/b1", true)]
    [InlineData("interaction.completed", "v1_Chd4-_=", Api + "/v1beta/interactions/v1_Chd4-_=", false)]
    [InlineData("interaction.requires_action", "interactions/i1", Api + "/v1beta/interactions/i1", false)]
    public void A_job_without_a_link_is_fetched_by_its_id(string type, string id, string url, bool expands)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ApiKey);

        var generation = bench["gemini"].InterpretAny(ProviderBench.Received("gemini", Body(type, new { id })));

        var asset = Assert.Single(generation.Assets);
        Assert.Equal(id.Split('/')[^1], generation.JobId);
        Assert.Equal((url, AssetKind.Document, expands), (asset.Url, asset.Kind, asset.Expands));
    }

    [Theory]
    [InlineData("batches/a", "a")]
    [InlineData("interactions/a", "a")]
    [InlineData("a", "a")]
    [InlineData("batches/", "batches/")]
    [InlineData("batches/a/b", "batches/a/b")]
    [InlineData("batches/..", "batches/..")]
    [InlineData("Batches/a", "Batches/a")]
    [InlineData("batches/interactions/a", "batches/interactions/a")]
    [InlineData("operations/a", "a")]
    [InlineData("models/veo/operations/a", "a")]
    [InlineData("tunedModels/mine/operations/a", "a")]
    [InlineData("https://generativelanguage.googleapis.com/v1beta/models/veo/operations/a", "a")]
    [InlineData("v1beta/batches/a", "a")]
    [InlineData("https://generativelanguage.googleapis.com/v1beta/batches/a?key=x", "https://generativelanguage.googleapis.com/v1beta/batches/a?key=x")]
    [InlineData("https://evil.example/v1beta/batches/a", "https://evil.example/v1beta/batches/a")]
    [InlineData("models/veo/operations/..", "models/veo/operations/..")]
    [InlineData("models/operations/a", "models/operations/a")]
    public void A_job_has_one_spelling_in_keys(string id, string canonical)
    {
        using var bench = new ProviderBench(SampleSettings.Sync);

        // The spelling is the same whether the provider is on or off.
        Assert.Equal(canonical, bench.Catalog.CanonicalJobId("gemini", id));
        Assert.Equal("batches/a", bench.Catalog.CanonicalJobId("sync", "batches/a"));
    }

    [Theory]
    [InlineData("../files/secret")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a:cancel")]
    [InlineData("a?key=x")]
    [InlineData("a%2fb")]
    [InlineData("a b")]
    [InlineData("batches/")]
    public void A_job_id_that_is_not_valid_in_a_path_is_a_problem(string id)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ApiKey);

        Assert.NotNull(Assert.Single(bench.Interpret("gemini", Body("batch.succeeded", new { id })).Assets).FetchError);
    }

    [Theory]
    [InlineData("files/abc-123", Api + "/v1beta/files/abc-123:download?alt=media")]
    [InlineData("abc-123", Api + "/v1beta/files/abc-123:download?alt=media")]
    [InlineData("files/abc-123:download?alt=media", Api + "/v1beta/files/abc-123:download?alt=media")]
    [InlineData(Api + "/v1beta/files/abc-123", Api + "/v1beta/files/abc-123:download?alt=media")]
    [InlineData(Api + "/v1beta/files/abc-123:download", Api + "/v1beta/files/abc-123:download?alt=media")]
    [InlineData(Api + "/v1beta/files/abc-123:download?alt=media", Api + "/v1beta/files/abc-123:download?alt=media")]
    [InlineData(Api + "/download/v1beta/files/abc-123:download?alt=media", Api + "/v1beta/files/abc-123:download?alt=media")]
    [InlineData(Api + "/v1/files/abc-123", Api + "/v1beta/files/abc-123:download?alt=media")]
    [InlineData(Api + "/v9/other/abc?x=1", Api + "/v9/other/abc?x=1")]
    [InlineData("https://storage.googleapis.com/bucket/v.mp4?sig=1", "https://storage.googleapis.com/bucket/v.mp4?sig=1")]
    public void A_video_is_found_by_every_form_of_its_link(string link, string url)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ApiKey);

        var asset = Assert.Single(bench.Interpret("gemini", Body("video.generated", new { id = "v", output_file_uri = link })).Assets);

        Assert.Equal(("video", url, AssetKind.Media), (asset.Name, asset.Url, asset.Kind));
        Assert.Null(asset.FetchError);
    }

    [Theory]
    [InlineData("files/")]
    [InlineData("files/..")]
    [InlineData("files/a/b")]
    [InlineData("files/a b")]
    [InlineData("ftp://files/abc")]
    [InlineData("file:///files/abc")]
    [InlineData("data:video/mp4;base64,AAAA")]
    [InlineData("/files/abc")]
    public void A_link_that_is_not_a_files_is_a_problem(string link)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ApiKey);

        Assert.NotNull(Assert.Single(bench.Interpret("gemini", Body("video.generated", new { id = "v", output_file_uri = link })).Assets).FetchError);
    }

    [Fact]
    public void A_batchs_file_is_served_below_download()
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ApiKey);

        var asset = Assert.Single(bench.Interpret("gemini", Body("batch.succeeded", new { id = "b", output_file_uri = "files/out-1" })).Assets);

        Assert.Equal(("results", Api + "/download/v1beta/files/out-1:download?alt=media", AssetKind.Document), (asset.Name, asset.Url, asset.Kind));
    }

    [Theory]
    [InlineData("""{"id":"v","output_file_uri":"files/a","file_name":"files/b","video_uri":"files/c","file_id":"d"}""", "a")]
    [InlineData("""{"id":"v","file_name":"files/b","video_uri":"files/c","file_id":"d"}""", "b")]
    [InlineData("""{"id":"v","output_file_uri":"","video_uri":"files/c","file_id":"d"}""", "c")]
    [InlineData("""{"id":"v","output_file_uri":null,"file_id":"d"}""", "d")]
    public void The_fields_that_may_contain_a_videos_link_have_a_precedence(string data, string fileId)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ApiKey);

        var generation = bench.Interpret("gemini", $$"""{"type":"video.generated","data":{{data}} }""");

        Assert.Contains($"/files/{fileId}:", Assert.Single(generation.Assets).Url, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_in_a_bucket_is_recorded_with_its_link_and_not_fetched()
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ApiKey);

        var asset = Assert.Single(bench.Interpret("gemini", Body("batch.succeeded", new { id = "b", output_file_uri = "gs://my-bucket/results.jsonl" })).Assets);

        Assert.Equal("gs://my-bucket/results.jsonl", asset.Url);
        Assert.NotNull(asset.ExternalReason);
        Assert.Null(asset.FetchError);
    }

    [Theory]
    [InlineData("video.generated", "files/a")]
    [InlineData("batch.succeeded", "files/a")]
    [InlineData("batch.succeeded", null)]
    [InlineData("interaction.completed", null)]
    [InlineData("interaction.requires_action", null)]
    public void Without_a_key_a_result_behind_the_API_is_recorded_with_the_reason(string type, string? link)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini);

        var generation = bench.Interpret("gemini", Body(type, new { id = "x", output_file_uri = link }));

        Assert.Contains("GEMINI_API_KEY", generation.Note, StringComparison.Ordinal);
        Assert.Equal("GEMINI_API_KEY", generation.WaitsFor);
        Assert.Contains("GEMINI_API_KEY", Assert.Single(generation.Assets).ExternalReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("files/a")]
    [InlineData("https://generativelanguage.googleapis.com/v1beta/files/a")]
    [InlineData("https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000")]
    public void The_key_is_not_used_for_a_link_in_a_body_that_no_signature_covers_unless_a_token_proves_it(string link)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ApiKey);
        var body = Body("video.generated", new { id = "no operation", output_file_uri = link });
        var caught = ProviderBench.Received("gemini", body, SignatureCoverage.SenderOnly);

        Assert.Contains("GEMINI_WEBHOOK_TOKEN", Assert.Single(bench["gemini"].Interpret(caught).Assets).ExternalReason, StringComparison.Ordinal);
        Assert.Null(Assert.Single(bench["gemini"].Interpret(caught with { HasToken = true }).Assets).ExternalReason);
        Assert.Null(Assert.Single(bench["gemini"].Interpret(caught with { Coverage = SignatureCoverage.RawBody }).Assets).ExternalReason);
    }

    [Fact]
    public void Without_a_key_a_link_elsewhere_is_followed()
    {
        using var bench = new ProviderBench(SampleSettings.Gemini);

        var asset = Assert.Single(bench.Interpret("gemini", Body("video.generated", new { id = "x", output_file_uri = "https://storage.googleapis.com/v.mp4" })).Assets);

        Assert.Null(asset.ExternalReason);
    }

    [Theory]
    [InlineData("""{"type":"t","user_metadata":{ "a" : "b c", "d":[1, 2] },"data":{}}""", """{"a":"b c","d":[1,2]}""")]
    [InlineData("""{"type":"t","data":{"user_metadata":{"quote":"\" \\ ","x": 1}}}""", """{"quote":"\" \\ ","x":1}""")]
    [InlineData("""{"type":"t","data":{"user_metadata":{"lone":"\ud800"}}}""", """{"lone":"\ud800"}""")]
    [InlineData("""{"type":"t","user_metadata":{"back":"https://u:SECRET@me.example/a?token=SECRET","n":1}}""", """{"back":"https://me.example/a?…","n":1}""")]
    [InlineData("""{"type":"t","data":{"user_metadata":{"back":"https:\/\/me.example\/a#SECRET\"SECRET"}}}""", """{"back":"https:\/\/me.example\/a?…"}""")]
    [InlineData("""{"type":"t","data":{"user_metadata":"text"}}""", "\"text\"")]
    [InlineData("""{"type":"t","data":{"user_metadata":null}}""", null)]
    [InlineData("""{"type":"t","data":{}}""", null)]
    public void The_callers_metadata_is_stored_with_the_event(string body, string? metadata)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini);

        Assert.Equal(metadata, bench.Interpret("gemini", body).EventColumns.GetValueOrDefault("UserMetadata"));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("é")]
    [InlineData("🎬")]
    public void The_callers_metadata_has_a_maximum_length(string letter)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini);
        var body = $$"""{"type":"t","user_metadata":{"note":"{{string.Concat(Enumerable.Repeat(letter, 20_000))}}"} }""";

        var metadata = Assert.IsType<string>(bench.Interpret("gemini", body).EventColumns["UserMetadata"]);

        Assert.InRange(metadata.Length, 8000, 8192);
        Assert.EndsWith("…", metadata, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_static_webhook_is_verified_with_its_secret()
    {
        using var bench = new ProviderBench(SampleSettings.Gemini);
        var body = Body("batch.succeeded", new { id = "b" });
        var time = ProviderBench.Now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

        var verdict = await bench.VerifyAsync(
            "gemini",
            null,
            body,
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", time),
            ("webhook-signature", Signatures.StandardWebhooks(SampleSettings.GeminiKey, "msg_1", time, Encoding.UTF8.GetBytes(body))));

        Assert.Equal(Verdict.Genuine(SignatureCoverage.RawBody), verdict);
    }

    [Fact]
    public void The_webhook_id_comes_from_the_header()
    {
        using var bench = new ProviderBench(SampleSettings.Gemini);
        using var request = WebhookRequests.Create("""{"data":{"id":"job"}}""", ("webhook-id", "msg_1"));
        using var without = WebhookRequests.Create("""{"data":{"id":"job"}}""");

        Assert.Equal("msg_1", bench["gemini"].Identify(request));
        Assert.Null(bench["gemini"].Identify(without));
    }

    private static string Body(string type, object data) => JsonSerializer.Serialize(new { type, version = "v1", timestamp = "2026-01-22T12:00:00Z", data });

    [Theory]
    [InlineData("""{"response":{"responsesFile":"files/out"}}""", "results Pending")]
    [InlineData("""{"metadata":{"output":{"responsesFile":"files/out"}}}""", "results Pending")]
    [InlineData("""{"response":{"inlinedResponses":{"inlinedResponses":[{"response":{}}]}}}""", "results Recorded")]
    [InlineData("""{"response":{"inlinedResponses":[{"response":{}}]}}""", "results Recorded")]
    [InlineData("""{"metadata":{"state":"BATCH_STATE_SUCCEEDED"},"done":true}""", "")]
    [InlineData("""{"metadata":{"state":"BATCH_STATE_SUCCEEDED"},"response":{}}""", "")]
    [InlineData("""{"response":{"inlinedResponses":{"inlinedResponses":[]}}}""", "")]
    [InlineData("{}", "")]
    public async Task A_batchs_document_names_its_file_or_contains_its_results_or_is_not_complete_yet(string document, string expected)
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ("GEMINI_API_KEY", "key"));
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(document));

        var assets = await bench["gemini"].ExpandAsync("batch", content, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(expected, string.Join(' ', assets.Select(asset => $"{asset.Name} {asset.InitialState}")));
    }

    [Fact]
    public async Task A_batchs_file_is_found_after_megabytes_of_results_in_its_document()
    {
        using var bench = new ProviderBench(SampleSettings.Gemini, ("GEMINI_API_KEY", "key"));
        await using var results = new EndlessLine(40L * 1024 * 1024, "\"},\"response\":{\"responsesFile\":\"files/out\"}}"u8.ToArray());
        await using var content = new Concatenated("{\"inline\":{\"data\":\""u8.ToArray(), results);

        var asset = Assert.Single(
            await bench["gemini"].ExpandAsync("batch", content, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        Assert.EndsWith("/download/v1beta/files/out:download?alt=media", asset.Url, StringComparison.Ordinal);
    }
}
