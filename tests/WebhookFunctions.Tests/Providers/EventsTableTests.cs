using System.Net;
using System.Text;
using System.Text.Json;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Gemini;

namespace WebhookFunctions.Tests.Providers;

/// <summary>Tests of each row of the events table in functions/Providers/README.md with the whole app.</summary>
public sealed class EventsTableTests(ProviderApp app) : IClassFixture<ProviderApp>
{
    // ID stands for the webhook's id, JOB for the job's, and MEDIA for the address of an existing file.
    public static TheoryData<string, string, string, EventState, JobStatus, string> Rows() => new()
    {
        { "geminigen", """{"event":"TTS_TEXT_SUCCESS","uuid":"ID","data":{"uuid":"JOB","status":2}}""", "2", EventState.Completed, JobStatus.Succeeded, "media thumbnail" },
        { "geminigen", """{"event_name":"TTS_DOCUMENT_SUCCESS","event_uuid":"ID","data":{"uuid":"JOB","status":2}}""", "2", EventState.Completed, JobStatus.Succeeded, "media thumbnail" },
        { "geminigen", """{"event":"VIDEO_GENERATION_COMPLETED","uuid":"ID","data":{"uuid":"JOB","status":2}}""", "2", EventState.Completed, JobStatus.Succeeded, "media thumbnail" },
        { "geminigen", """{"event":"IMAGE_GENERATION_COMPLETED","uuid":"ID","data":{"uuid":"JOB","status":2}}""", "2", EventState.Completed, JobStatus.Succeeded, "media thumbnail" },
        { "geminigen", """{"event":"TTS_TEXT_FAILED","uuid":"ID","data":{"uuid":"JOB","status":3}}""", "3", EventState.Recorded, JobStatus.Failed, "" },
        { "geminigen", """{"event":"TTS_DOCUMENT_FAILED","uuid":"ID","data":{"uuid":"JOB","status":3}}""", "3", EventState.Recorded, JobStatus.Failed, "" },
        { "geminigen", """{"event":"VIDEO_GENERATION_FAILED","uuid":"ID","data":{"uuid":"JOB","status":3}}""", "3", EventState.Recorded, JobStatus.Failed, "" },
        { "geminigen", """{"event":"IMAGE_GENERATION_FAILED","uuid":"ID","data":{"uuid":"JOB","status":3}}""", "3", EventState.Recorded, JobStatus.Failed, "" },
        { "geminigen", """{"event":"TTS_TEXT_SUCCESS","uuid":"ID","data":{"uuid":"JOB","status":3}}""", "3", EventState.Recorded, JobStatus.Failed, "" },
        { "geminigen", """{"event":"TEST","uuid":"ID","data":{"uuid":"JOB"}}""", "2", EventState.Completed, JobStatus.Succeeded, "media thumbnail" },
        { "geminigen", """{"event":"MUSIC","uuid":"ID","data":{"uuid":"JOB","status":1}}""", "2", EventState.Completed, JobStatus.Succeeded, "media thumbnail" },
        { "geminigen", """{"event":"MUSIC","uuid":"ID","data":{"uuid":"JOB","status":2,"media_url":"MEDIA"}}""", "2", EventState.Completed, JobStatus.Succeeded, "media thumbnail" },
        { "geminigen", """{"event":"MUSIC","uuid":"ID","data":{"uuid":"JOB","status":3}}""", "3", EventState.Recorded, JobStatus.Failed, "" },
        { "geminigen", """{"event":"MUSIC","uuid":"ID","data":{"uuid":"JOB","status":1}}""", "1", EventState.Recorded, JobStatus.Running, "" },
        { "gemini", """{"type":"batch.succeeded","data":{"id":"JOB","output_file_uri":"files/JOB"}}""", "", EventState.Completed, JobStatus.Succeeded, "results" },
        { "gemini", """{"type":"batch.completed","data":{"id":"JOB"}}""", "", EventState.Completed, JobStatus.Succeeded, "batch results" },
        { "gemini", """{"type":"batch.succeeded","data":{"id":"JOB-inline"}}""", "", EventState.Completed, JobStatus.Succeeded, "batch results:Recorded" },
        { "gemini", """{"type":"batch.succeeded","data":{"id":"JOB","output_file_uri":"../JOB"}}""", "", EventState.CompletedWithFailures, JobStatus.Succeeded, "results:Failed" },
        { "gemini", """{"type":"batch.failed","data":{"id":"JOB","error_code":"C"}}""", "", EventState.Recorded, JobStatus.Failed, "" },
        { "gemini", """{"type":"batch.cancelled","data":{"id":"JOB"}}""", "", EventState.Recorded, JobStatus.Cancelled, "" },
        { "gemini", """{"type":"batch.expired","data":{"id":"JOB"}}""", "", EventState.Recorded, JobStatus.Expired, "" },
        { "gemini", """{"type":"video.generated","data":{"id":"JOB","file_name":"files/JOB"}}""", "", EventState.Completed, JobStatus.Succeeded, "video" },
        { "gemini", """{"type":"video.generated","data":{"id":"JOB","output_file_uri":"MEDIA"}}""", "", EventState.Completed, JobStatus.Succeeded, "video" },
        { "gemini", """{"type":"video.generated","data":{"id":"JOB","video_uri":"files/JOB"}}""", "", EventState.Completed, JobStatus.Succeeded, "video" },
        { "gemini", """{"type":"video.generated","data":{"id":"JOB","file_id":"JOB"}}""", "", EventState.Completed, JobStatus.Succeeded, "video" },
        { "gemini", """{"type":"batch.succeeded","data":{"id":"JOB","output_file_uri":"gs://bucket/o"}}""", "", EventState.Recorded, JobStatus.Succeeded, "results:Recorded" },
        { "gemini", """{"type":"interaction.completed","data":{"id":"JOB"}}""", "", EventState.Completed, JobStatus.Succeeded, "interaction" },
        { "gemini", """{"type":"interaction.requires_action","data":{"id":"JOB"}}""", "", EventState.Completed, JobStatus.NeedsAction, "interaction-requires-action" },
        { "gemini", """{"type":"interaction.failed","data":{"id":"JOB"}}""", "", EventState.Recorded, JobStatus.Failed, "" },
        { "gemini", """{"type":"interaction.cancelled","data":{"id":"JOB"}}""", "", EventState.Recorded, JobStatus.Cancelled, "" },
        { "gemini", """{"type":"webhook.ping","data":{}}""", "", EventState.Recorded, JobStatus.Unknown, "" },
        { "gemini/dynamic", """{"type":"batch.succeeded","user_metadata":{"group":"g"},"data":{"id":"JOB"}}""", "", EventState.Completed, JobStatus.Succeeded, "results" },
        { "gemini/dynamic", """{"type":"batch.failed","data":{"id":"JOB"}}""", "", EventState.Completed, JobStatus.Succeeded, "results" },
        { "gemini/dynamic", """{"type":"interaction.completed","data":{"id":"JOB"}}""", "", EventState.Completed, JobStatus.Succeeded, "interaction" },
        { "gemini/dynamic", """{"type":"video.generated","data":{"id":"operations/JOB","file_name":"files/forged"}}""", "", EventState.Completed, JobStatus.Succeeded, "video" },
        { "gemini/dynamic", """{"type":"video.generated","data":{"id":"JOB","output_file_uri":"MEDIA"}}""", "", EventState.Completed, JobStatus.Unconfirmed, "video" },
        { "gemini/dynamic", """{"type":"webhook.ping","data":{"id":"JOB"}}""", "", EventState.Recorded, JobStatus.Unknown, "" },
        { "sync", """{"id":"JOB","status":"COMPLETED","outputUrl":"MEDIA","segmentOutputUrl":"MEDIA"}""", "", EventState.Completed, JobStatus.Succeeded, "output segment" },
        { "sync", """{"id":"JOB","status":"PENDING"}""", "", EventState.Recorded, JobStatus.Queued, "" },
        { "sync", """{"id":"JOB","status":"PROCESSING"}""", "", EventState.Recorded, JobStatus.Running, "" },
        { "sync", """{"id":"JOB","status":"FAILED","error":"E"}""", "", EventState.Recorded, JobStatus.Failed, "" },
        { "sync", """{"id":"JOB","status":"REJECTED"}""", "", EventState.Recorded, JobStatus.Failed, "" },
        { "sync", """{"id":"JOB","status":"CANCELED"}""", "", EventState.Recorded, JobStatus.Cancelled, "" },
        // The J is escaped, because JOB would be replaced.
        { "sync", """{"id":"JOB","status":"\u004aOBS_CREATED","metrics":{"total_generations":20}}""", "", EventState.Recorded, JobStatus.Queued, "" },
        { "sync", """{"id":"JOB","status":"PROCESSING","metrics":{"total_generations":20}}""", "", EventState.Recorded, JobStatus.Running, "" },
        { "sync", """{"id":"JOB","status":"FAILED","metrics":{"failed_count":20}}""", "", EventState.Recorded, JobStatus.Failed, "" },
        { "sync", """{"id":"JOB","status":"NEW","outputUrl":"MEDIA"}""", "", EventState.Recorded, JobStatus.Unknown, "" },
        { "sync", """{"id":"JOB","status":"COMPLETED","outputUrl":"ftp://host/file"}""", "", EventState.CompletedWithFailures, JobStatus.Succeeded, "output:Failed" },
        { "replicate", """{"id":"JOB","status":"succeeded","output":["MEDIA","MEDIA"]}""", "", EventState.Completed, JobStatus.Succeeded, "output.0 output.1" },
        { "replicate", """{"id":"JOB","status":"succeeded","output":"MEDIA"}""", "", EventState.Completed, JobStatus.Succeeded, "output" },
        { "replicate", """{"id":"JOB","status":"succeeded","output":{"video":"MEDIA","frames":["MEDIA"]}}""", "", EventState.Completed, JobStatus.Succeeded, "output.video output.frames.0" },
        { "replicate", """{"id":"JOB","status":"succeeded","output":"what the model said"}""", "", EventState.Recorded, JobStatus.Succeeded, "" },
        { "replicate", """{"id":"JOB","status":"starting"}""", "", EventState.Recorded, JobStatus.Queued, "" },
        { "replicate", """{"id":"JOB","status":"processing","output":["MEDIA"]}""", "", EventState.Recorded, JobStatus.Running, "" },
        { "replicate", """{"id":"JOB","status":"failed","error":"E"}""", "", EventState.Recorded, JobStatus.Failed, "" },
        { "replicate", """{"id":"JOB","status":"canceled"}""", "", EventState.Recorded, JobStatus.Cancelled, "" },
        { "replicate", """{"id":"JOB","status":"aborted"}""", "", EventState.Recorded, JobStatus.Cancelled, "" },
        { "replicate", """{"id":"JOB","status":"NEW","output":["MEDIA"]}""", "", EventState.Recorded, JobStatus.Unknown, "" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Every_event_ends_as_the_table_says(string route, string body, string history, EventState state, JobStatus status, string assets)
    {
        var job = Prepare(history);
        var provider = route.Split('/')[0];
        body = body.Replace("JOB", job, StringComparison.Ordinal)
            .Replace("\"ID\"", $"\"event-{job}\"", StringComparison.Ordinal)
            .Replace("MEDIA", $"{app.Api.Origin}/media/{job}", StringComparison.Ordinal);
        using var document = JsonDocument.Parse(body);
        var webhookId = route == "sync" ? $"{job}:{document.RootElement.GetProperty("status")}" : $"event-{job}";

        Assert.Equal(HttpStatusCode.OK, await app.SendAsync(route, webhookId, body));

        var (row, found) = await app.EndedAsync(route == "gemini/dynamic" ? EventSpaces.Jwt(provider) : provider, webhookId);
        Assert.Equal(state, row.State);
        Assert.Equal(
            assets.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(asset => asset.Contains(':', StringComparison.Ordinal) ? asset : asset + ":Stored"),
            found.Select(asset => $"{asset.Name}:{asset.State}"));
        // The webhook's id is the job's id of an event without one.
        var named = JobOf(document.RootElement) ?? webhookId;
        named = provider == "gemini" ? GeminiResults.JobId(named) : named;
        Assert.Equal(status.ToString(), (await app.JobAsync(provider, named))?.GetString("Status"));
    }

    public static TheoryData<string> Services => ["fal", "bfl", "heygen", "openrouter", "leonardo"];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Every_sample_of_a_described_service_has_its_expected_result_once_with_duplicates_and_a_forged_one_has_no_effect(string service)
    {
        var samples = ProviderSamples.All.Single(each => each.Name == service);
        foreach (var sample in samples.Samples)
        {
            var scene = new SampleScene(SampleScene.NewId(), TimeProvider.System.GetUtcNow(), Media);
            var webhook = sample.Write(scene);

            Assert.Equal(HttpStatusCode.BadRequest, await app.SendAsync(samples, sample, webhook, isForged: true));
            Assert.Equal(HttpStatusCode.OK, await app.SendAsync(samples, sample, webhook));
            Assert.Equal(HttpStatusCode.OK, await app.SendAsync(samples, sample, webhook));

            var (row, assets) = await app.EndedAsync(samples.Space, webhook.WebhookId);
            Assert.Equal((webhook.State, Assurance.Signed), (row.State, row.Assurance));
            Assert.Equal(scene.Files.Count, assets.Count(asset => asset.State == AssetState.Stored));
            Assert.Equal(webhook.AssetsRecorded, assets.Count(asset => asset.State == AssetState.Recorded));
            Assert.Equal(webhook.JobStatus.ToString(), (await app.JobAsync(service, scene.JobId))?.GetString("Status"));
            // Each file is requested once, although the webhook is sent several times.
            Assert.All(scene.Links, link => Assert.Single(app.Api.Requests, request => request.PathAndQuery == new Uri(link).PathAndQuery));
        }

        string Media(string file)
        {
            var (contentType, content) = SampleMedia.Create(file);
            app.Api.OnBytes($"/services/{file}", content, contentType);
            return $"{app.Api.Origin}/services/{file}";
        }
    }

    [Fact]
    public async Task Every_file_of_a_batchs_manifest_is_stored_and_every_line_without_a_file_has_a_reason()
    {
        var job = Prepare("");
        var lines = Enumerable.Range(1, 40).Select(i =>
            $$"""{"response":{"generation":{"id":"g{{i}}","status":"COMPLETED","outputUrl":"{{app.Api.Origin}}/media/{{job}}"} } }""");
        app.Api.OnBytes(
            $"/manifest/{job}",
            Encoding.UTF8.GetBytes(string.Join('\n', [.. lines, "nonsense", """{"response":{"generation":{"id":"bad","status":"FAILED","error":"no face"}}}"""])),
            "application/jsonl");
        // Like Sync's links: a link to the API with a token, which redirects to storage.
        app.Api.OnRedirect($"/v2/batch/{job}/result", $"{app.Api.Origin}/manifest/{job}");

        await app.SendAsync(
            "sync",
            $"{job}:COMPLETED",
            $$"""
            {"id":"{{job}}","status":"COMPLETED","outputUrl":"{{app.Api.Origin}}/v2/batch/{{job}}/result?token=secret",
             "metrics":{"totalGenerations":42,"success_count":40,"failedCount":2,"pendingCount":0} }
            """);

        var (row, assets) = await app.EndedAsync("sync", $"{job}:COMPLETED");
        Assert.Equal((EventState.CompletedWithFailures, 43, 41, 2), (row.State, row.AssetsTotal, row.AssetsStored, row.AssetsFailed));
        Assert.Equal(
            ["line-00041.output", "bad.output"], assets.Where(asset => asset.State == AssetState.Failed).Select(asset => asset.Name));
        Assert.Contains("no face", assets.Single(asset => asset.Name == "bad.output").LastError, StringComparison.Ordinal);
        Assert.DoesNotContain(assets, asset => asset.SourceUrl?.Contains("secret", StringComparison.Ordinal) == true);
        var entity = (await app.JobAsync("sync", job))!;
        Assert.Equal((42, 40, 2, 0), (entity["TotalGenerations"], entity["SuccessCount"], entity["FailedCount"], entity["PendingCount"]));
    }

    [Fact]
    public async Task A_job_that_the_history_does_not_know_fails_its_event_and_nothing_is_fetched()
    {
        var job = Guid.NewGuid().ToString();

        await app.SendAsync(
            "geminigen",
            $"event-{job}",
            $$"""{"event":"TTS_TEXT_SUCCESS","uuid":"event-{{job}}","data":{"uuid":"{{job}}","media_url":"{{app.Api.Origin}}/media/{{job}}"} }""");

        var (row, assets) = await app.EndedAsync("geminigen", $"event-{job}");
        Assert.Equal(EventState.Failed, row.State);
        Assert.Contains("404", row.Entity.GetString("ErrorMessage"), StringComparison.Ordinal);
        Assert.Empty(assets);
        Assert.DoesNotContain(app.Api.Requests, request => request.PathAndQuery.StartsWith($"/media/{job}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_key_is_not_sent_to_the_storage_of_the_files()
    {
        var job = Prepare("");

        await app.SendAsync("gemini", $"event-{job}", $$"""{"type":"video.generated","data":{"id":"{{job}}","file_name":"files/{{job}}"} }""");

        await app.EndedAsync("gemini", $"event-{job}");
        var stored = Assert.Single(app.Gemini.Storage.Requests, request => request.PathAndQuery.StartsWith($"/storage/{job}", StringComparison.Ordinal));
        Assert.Null(stored.Header("x-goog-api-key"));
        // The file is requested once, without an earlier request for its metadata.
        Assert.Single(app.Gemini.Requests, request => request.PathAndQuery.Contains(job, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_callers_metadata_is_on_the_events_row_unless_the_API_had_to_confirm_the_event()
    {
        var job = Prepare("");
        var body = $$"""{"type":"batch.succeeded","user_metadata":{ "group": "g" },"data":{"id":"{{job}}"} }""";

        await app.SendAsync("gemini", $"signed-{job}", body);
        await app.SendAsync("gemini/dynamic", $"event-{job}", body);

        var (signed, _) = await app.EndedAsync("gemini", $"signed-{job}");
        Assert.Equal("""{"group":"g"}""", signed.Entity.GetString("UserMetadata"));
        Assert.Equal((SignatureCoverage.RawBody, Assurance.Signed), (signed.Coverage, signed.Assurance));
        var (row, _) = await app.EndedAsync(EventSpaces.Jwt("gemini"), $"event-{job}");
        Assert.Null(row.Entity.GetString("UserMetadata"));
        Assert.Equal((SignatureCoverage.SenderOnly, Assurance.Confirmed), (row.Coverage, row.Assurance));
    }

    [Fact]
    public async Task Of_two_contradicting_final_statuses_both_are_recorded_and_the_job_has_the_later_one_by_the_providers_time()
    {
        var job = Prepare("");

        // The webhook with the later time arrives first.
        await app.SendAsync("gemini", $"failed-{job}", $$"""{"type":"batch.failed","timestamp":"2026-01-22T12:00:01Z","data":{"id":"{{job}}"} }""");
        await app.EndedAsync("gemini", $"failed-{job}");
        await app.SendAsync("gemini", $"expired-{job}", $$"""{"type":"batch.expired","timestamp":"2026-01-22T12:00:00Z","data":{"id":"{{job}}"} }""");
        await app.EndedAsync("gemini", $"expired-{job}");

        Assert.Equal("failed", (await app.EndedAsync("gemini", $"failed-{job}")).Event.Entity.GetString("ProviderStatus"));
        Assert.Equal("expired", (await app.EndedAsync("gemini", $"expired-{job}")).Event.Entity.GetString("ProviderStatus"));
        Assert.Equal(nameof(JobStatus.Failed), (await app.JobAsync("gemini", job))?.GetString("Status"));

        await app.SendAsync("gemini", $"cancelled-{job}", $$"""{"type":"batch.cancelled","timestamp":"2026-01-22T12:00:02Z","data":{"id":"{{job}}"} }""");
        await app.EndedAsync("gemini", $"cancelled-{job}");
        Assert.Equal(nameof(JobStatus.Cancelled), (await app.JobAsync("gemini", job))?.GetString("Status"));
    }

    // Sync and Replicate have the job's fields at the top level, the others in "data".
    private static string? JobOf(JsonElement body) =>
        body.TryGetProperty("data", out var data)
            ? data.TryGetProperty("uuid", out var uuid) || data.TryGetProperty("id", out uuid) ? uuid.GetString() : null
            : body.GetProperty("id").GetString();

    // Creates a job with files in every stand-in.
    private string Prepare(string history)
    {
        var job = Guid.NewGuid().ToString();
        byte[] media = [0, 0, 0, 24, .. "ftypmp42"u8, .. Encoding.ASCII.GetBytes(job), 0, 1, 2, 3];
        app.Api.OnBytes($"/media/{job}", media, "video/mp4");
        if (history.Length > 0)
        {
            app.Api.OnJson(
                $"/uapi/v1/history/{job}",
                $$"""{"uuid":"{{job}}","status":{{history}},"media_url":"{{app.Api.Origin}}/media/{{job}}","thumbnail_url":"{{app.Api.Origin}}/media/{{job}}"}""");
        }

        app.Gemini.AddFile(job, media, "video/mp4");
        app.Gemini.AddFile(job, "{\"response\":{}}\n"u8.ToArray(), "application/jsonl", isBatchFile: true);
        app.Gemini.AddJob($"batches/{job}", $$"""{"metadata":{"state":"BATCH_STATE_SUCCEEDED"},"response":{"responsesFile":"files/{{job}}"} }""");
        app.Gemini.AddJob(
            $"batches/{job}-inline",
            """{"metadata":{"state":"BATCH_STATE_SUCCEEDED"},"response":{"inlinedResponses":{"inlinedResponses":[{"response":{}}]} } }""");
        app.Gemini.AddJob(
            $"operations/{job}",
            $$"""{"done":true,"response":{"generateVideoResponse":{"generatedSamples":[{"video":{"uri":"files/{{job}}"} }]} } }""");
        app.Gemini.AddJob($"interactions/{job}", $$"""{"id":"{{job}}","status":"completed"}""");
        return job;
    }
}
