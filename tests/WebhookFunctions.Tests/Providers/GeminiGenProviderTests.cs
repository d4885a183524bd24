using System.Text.Json;
using LocalHost.StandIns;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Tests.Verification;

namespace WebhookFunctions.Tests.Providers;

public sealed class GeminiGenProviderTests
{
    private const string Media = "https://cdn.geminigen.ai/video/v.mp4?signature=secret";
    private const string Job = "6f1f2c0e-8a44-4d0c-9f3b-5d1f7c2b9a10";

    [Theory]
    [InlineData("TTS_TEXT_SUCCESS", JobStatus.Succeeded, true)]
    [InlineData("TTS_TEXT_FAILED", JobStatus.Failed, false)]
    [InlineData("TTS_DOCUMENT_SUCCESS", JobStatus.Succeeded, true)]
    [InlineData("TTS_DOCUMENT_FAILED", JobStatus.Failed, false)]
    [InlineData("VIDEO_GENERATION_COMPLETED", JobStatus.Succeeded, true)]
    [InlineData("VIDEO_GENERATION_FAILED", JobStatus.Failed, false)]
    [InlineData("IMAGE_GENERATION_COMPLETED", JobStatus.Succeeded, true)]
    [InlineData("IMAGE_GENERATION_FAILED", JobStatus.Failed, false)]
    [InlineData("MUSIC_GENERATION_COMPLETED", JobStatus.Unknown, false)]
    [InlineData("", JobStatus.Unknown, false)]
    public void Every_event_leads_to_a_status_and_a_success_to_its_media(string type, JobStatus status, bool isFetched)
    {
        using var bench = new ProviderBench(SampleSettings.GeminiGen);

        var generation = bench.Interpret("geminigen", Body(type, new { uuid = Job, media_url = Media }), SignatureCoverage.EventIdOnly);

        Assert.Equal(type.Length == 0 ? "unknown" : type, generation.EventType);
        Assert.Equal(Job, generation.JobId);
        Assert.Equal(status, generation.Status);
        Assert.Equal(isFetched ? [("media", Media)] : [], generation.Assets.Select(asset => (asset.Name, asset.Url)));
    }

    [Fact]
    public void The_fields_of_an_event_are_read()
    {
        using var bench = new ProviderBench(SampleSettings.GeminiGen);

        var generation = bench.Interpret("geminigen", Body("VIDEO_GENERATION_FAILED", new
        {
            uuid = Job,
            status = 3,
            error_message = "The prompt was refused.",
            error_code = "PROMPT",
            model = "veo-3",
            created_at = "2026-07-25T10:00:00",
            updated_at = "2026-07-25T10:02:03.456789",
            media_url = Media,
            thumbnail_url = "https://cdn.geminigen.ai/t.jpg",
        }));

        Assert.Equal("3", generation.ProviderStatus);
        Assert.Equal(("PROMPT", "The prompt was refused.", "veo-3"), (generation.ErrorCode, generation.ErrorMessage, generation.Model));
        // A time without a zone is UTC.
        Assert.Equal(new DateTimeOffset(2026, 7, 25, 10, 2, 3, TimeSpan.Zero).AddTicks(4_567_890), generation.OccurredAt);
        Assert.Empty(generation.Assets);
    }

    [Fact]
    public void A_preview_picture_is_fetched_in_addition_to_the_media()
    {
        using var bench = new ProviderBench(SampleSettings.GeminiGen);

        var generation = bench.Interpret("geminigen", Body("VIDEO_GENERATION_COMPLETED", new { uuid = Job, media_url = Media, thumbnail_url = "https://cdn.geminigen.ai/t.jpg" }));

        Assert.Equal(["media", "thumbnail"], generation.Assets.Select(asset => asset.Name));
    }

    [Theory]
    [InlineData("""{"uuid":"j","media_url":null}""")]
    [InlineData("""{"uuid":"j","media_url":""}""")]
    [InlineData("""{"uuid":"j"}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    public void A_success_without_media_has_that_reason(string data)
    {
        using var bench = new ProviderBench(SampleSettings.GeminiGen);

        var generation = bench.Interpret("geminigen", $$"""{"event":"TTS_TEXT_SUCCESS","uuid":"e","data":{{data}} }""");

        Assert.Equal(JobStatus.Succeeded, generation.Status);
        Assert.Empty(generation.Assets);
        Assert.NotNull(generation.Note);
    }

    [Fact]
    public void A_success_event_with_a_failure_status_is_a_failure()
    {
        using var bench = new ProviderBench(SampleSettings.GeminiGen);

        var generation = bench.Interpret("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, status = 3, media_url = Media }));

        Assert.Equal(JobStatus.Failed, generation.Status);
        Assert.Empty(generation.Assets);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://cdn.geminigen.ai/v.mp4")]
    [InlineData("data:video/mp4;base64,AAAA")]
    [InlineData("//cdn.geminigen.ai/v.mp4")]
    [InlineData("/v.mp4")]
    [InlineData("v.mp4")]
    [InlineData("https://")]
    [InlineData("javascript:alert(1)")]
    public void A_link_that_cannot_be_followed_is_an_asset_with_the_reason(string link)
    {
        using var bench = new ProviderBench(SampleSettings.GeminiGen);

        var asset = Assert.Single(bench.Interpret("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, media_url = link })).Assets);

        Assert.NotNull(asset.FetchError);
    }

    [Fact]
    public void A_link_too_long_for_a_message_is_a_problem_and_is_dropped()
    {
        using var bench = new ProviderBench(SampleSettings.GeminiGen);

        var asset = Assert.Single(bench.Interpret(
            "geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, media_url = "https://cdn.geminigen.ai/" + new string('x', 300_000) })).Assets);

        Assert.NotNull(asset.FetchError);
        Assert.Equal("", asset.Url);
    }

    [Theory]
    [InlineData("""{"event":"E","uuid":"ID"}""")]
    [InlineData("""{"event_name":"E","event_uuid":"ID"}""")]
    public void The_webhook_id_is_the_event_id_and_not_the_jobs(string body)
    {
        using var bench = new ProviderBench(SampleSettings.GeminiGen);
        using var request = WebhookRequests.Create(body.Replace("}", ""","data":{"uuid":"job"}}""", StringComparison.Ordinal));

        Assert.Equal("ID", bench["geminigen"].Identify(request));
    }

    [Fact]
    public async Task Without_a_key_a_final_state_is_unconfirmed()
    {
        using var bench = new ProviderBench(SampleSettings.GeminiGen);

        var confirmation = await bench.ConfirmAsync("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, media_url = Media }), SignatureCoverage.EventIdOnly);

        Assert.Equal(Media, Assert.Single(confirmation.Event.Assets).Url);
        Assert.Equal((JobStatus.Unconfirmed, Assurance.Unconfirmed), (confirmation.Event.Status, confirmation.Event.Assurance));
        Assert.Contains("GEMINIGEN_WEBHOOK_TOKEN or GEMINIGEN_API_KEY", confirmation.Event.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"uuid":"JOB","status":2,"media_url":"https://cdn.geminigen.ai/true.mp4"}""")]
    [InlineData("""{"uuid":"JOB","status":2,"generate_result":"https://cdn.geminigen.ai/true.mp4"}""")]
    [InlineData("""{"uuid":"JOB","status":2,"generated_video":[{"video_url":"https://cdn.geminigen.ai/true.mp4","id":1}]}""")]
    [InlineData("""{"success":true,"result":{"uuid":"JOB","status":2,"generated_image":[{"image_url":"https://cdn.geminigen.ai/true.mp4"}]}}""")]
    public async Task With_a_key_the_media_come_from_the_API(string history)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/uapi/v1/history/{Job}", history.Replace("JOB", Job, StringComparison.Ordinal));
        using var bench = Confirming(api);

        var confirmation = await bench.ConfirmAsync(
            "geminigen", Body("VIDEO_GENERATION_COMPLETED", new { uuid = Job, media_url = "https://cdn.geminigen.ai/forged.mp4" }), SignatureCoverage.EventIdOnly);

        var asset = Assert.Single(confirmation.Event.Assets);
        Assert.Equal(("media", "https://cdn.geminigen.ai/true.mp4"), (asset.Name, asset.Url));
        Assert.Equal(JobStatus.Succeeded, confirmation.Event.Status);
        var request = Assert.Single(api.Requests);
        Assert.Equal("geminigen-api-key", request.Header("x-api-key"));
    }

    [Fact]
    public async Task Several_results_that_the_API_names_are_all_fetched()
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson(
            $"/uapi/v1/history/{Job}",
            """{"status":2,"thumbnail_url":"https://cdn.geminigen.ai/t.jpg","generated_image":[{"image_url":"https://cdn.geminigen.ai/1.png"},{"image_url":"https://cdn.geminigen.ai/2.png"}]}""");
        using var bench = Confirming(api);

        var confirmation = await bench.ConfirmAsync("geminigen", Body("IMAGE_GENERATION_COMPLETED", new { uuid = Job }), SignatureCoverage.EventIdOnly);

        Assert.Equal(["media", "media-2", "thumbnail"], confirmation.Event.Assets.Select(asset => asset.Name));
    }

    [Fact]
    public async Task A_success_that_is_a_failure_in_the_API_is_a_failure()
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/uapi/v1/history/{Job}", """{"status":3,"error_message":"No credit"}""");
        using var bench = Confirming(api);

        var confirmation = await bench.ConfirmAsync("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, media_url = Media }), SignatureCoverage.EventIdOnly);

        Assert.Equal((JobStatus.Failed, "No credit"), (confirmation.Event.Status, confirmation.Event.ErrorMessage));
        Assert.Empty(confirmation.Event.Assets);
        Assert.NotNull(confirmation.Event.Note);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    [InlineData(400)]
    [InlineData(302)]
    public async Task A_refusal_by_the_API_is_a_denial(int status)
    {
        await using var api = await StandInServer.StartAsync();
        api.Outage = status;
        using var bench = Confirming(api);

        var confirmation = await bench.ConfirmAsync("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, media_url = Media }), SignatureCoverage.EventIdOnly);

        Assert.IsNotType<Confirmation.Believed>(confirmation);
        Assert.Contains(status.ToString(System.Globalization.CultureInfo.InvariantCulture), confirmation.Denial, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task An_unavailable_API_is_retried(int status)
    {
        await using var api = await StandInServer.StartAsync();
        api.Outage = status;
        using var bench = Confirming(api);

        await Assert.ThrowsAsync<HttpRequestException>(() =>
            bench.ConfirmAsync("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, media_url = Media }), SignatureCoverage.EventIdOnly));
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("""{"status":""")]
    public async Task An_answer_that_cannot_be_read_is_retried(string history)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/uapi/v1/history/{Job}", history);
        using var bench = Confirming(api);

        await Assert.ThrowsAsync<HttpRequestException>(() =>
            bench.ConfirmAsync("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, media_url = Media }), SignatureCoverage.EventIdOnly));
    }

    [Fact]
    public async Task A_job_that_is_not_finished_in_the_API_is_requested_again_later_if_its_event_reports_an_end()
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/uapi/v1/history/{Job}", """{"status":1}""");
        using var bench = Confirming(api);

        var ended = await bench.ConfirmAsync("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, media_url = Media }), SignatureCoverage.EventIdOnly);
        var running = await bench.ConfirmAsync("geminigen", Body("TTS_TEXT_PROGRESS", new { uuid = Job, status = 1 }), SignatureCoverage.EventIdOnly);

        Assert.IsType<Confirmation.Unfinished>(ended);
        Assert.IsNotType<Confirmation.Believed>(ended);
        Assert.Equal((JobStatus.Running, Assurance.Confirmed), (running.Event.Status, running.Event.Assurance));
    }

    [Theory]
    [InlineData("ANYTHING", 3)]
    [InlineData("MUSIC_GENERATION_COMPLETED", 2)]
    [InlineData("", 1)]
    public async Task The_content_of_an_event_of_any_type_comes_from_the_API(string type, int status)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/uapi/v1/history/{Job}", """{"status":2,"media_url":"https://cdn.geminigen.ai/true.mp4","model":"veo-3"}""");
        using var bench = Confirming(api);

        var confirmation = await bench.ConfirmAsync(
            "geminigen",
            Body(type, new { uuid = Job, status, error_message = "PWNED", error_code = "X", model = "forged", media_url = Media, updated_at = "8999-12-31" }),
            SignatureCoverage.EventIdOnly);

        var generation = confirmation.Event;
        Assert.Equal((JobStatus.Succeeded, Assurance.Confirmed, "2", "veo-3"), (generation.Status, generation.Assurance, generation.ProviderStatus, generation.Model));
        Assert.Equal((null, null, null), (generation.ErrorCode, generation.ErrorMessage, generation.OccurredAt));
        Assert.Equal("https://cdn.geminigen.ai/true.mp4", Assert.Single(generation.Assets).Url);
        Assert.Single(api.Requests);
    }

    [Fact]
    public async Task An_event_with_the_URL_token_needs_no_confirmation()
    {
        await using var api = await StandInServer.StartAsync();
        using var bench = Confirming(api);
        var received = ProviderBench.Received("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, media_url = Media }), SignatureCoverage.EventIdOnly) with { HasToken = true };

        var confirmation = await bench["geminigen"].ConfirmIfNeededAsync(received, bench["geminigen"].InterpretAny(received), TestContext.Current.CancellationToken);

        Assert.Equal((JobStatus.Succeeded, Assurance.Signed), (confirmation.Event.Status, confirmation.Event.Assurance));
        Assert.Empty(api.Requests);
    }

    [Theory]
    [InlineData("8999-12-31", 5)]
    [InlineData("2026-07-25T12:05:01", 5)]
    [InlineData("2026-07-25T12:04:00", 4)]
    [InlineData("2026-07-25T11:00:00", -60)]
    public void A_time_from_a_body_is_bounded_by_the_time_of_receipt(string time, int minutes)
    {
        using var bench = new ProviderBench(SampleSettings.GeminiGen);

        var generation = bench["geminigen"].InterpretAny(ProviderBench.Received("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job, updated_at = time })));

        Assert.Equal(ProviderBench.Now.AddMinutes(minutes), generation.OccurredAt);
    }

    [Theory]
    [InlineData("../../secrets")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a?b")]
    [InlineData("")]
    public async Task An_event_whose_job_id_is_invalid_for_the_API_causes_no_call_and_stays_unconfirmed(string jobId)
    {
        await using var api = await StandInServer.StartAsync();
        using var bench = Confirming(api);

        var confirmation = await bench.ConfirmAsync("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = jobId, media_url = Media }), SignatureCoverage.EventIdOnly);

        Assert.Equal((JobStatus.Unconfirmed, Assurance.Unconfirmed), (confirmation.Event.Status, confirmation.Event.Assurance));
        Assert.Empty(api.Requests);
    }

    [Fact]
    public async Task An_answer_for_another_job_is_a_denial()
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/uapi/v1/history/{Job}", """{"uuid":"another","status":2,"media_url":"https://cdn.geminigen.ai/x.mp4"}""");
        using var bench = Confirming(api);

        Assert.NotNull((await bench.ConfirmAsync("geminigen", Body("TTS_TEXT_SUCCESS", new { uuid = Job }), SignatureCoverage.EventIdOnly)).Denial);
    }

    [Theory]
    [InlineData("""{"uuid":"JOB","status":2,"media_url":"https://cdn.geminigen.ai/true.mp4"}""", JobStatus.Succeeded, 1)]
    [InlineData("""{"uuid":"JOB","status":1}""", JobStatus.Running, 0)]
    [InlineData("""{"uuid":"JOB","status":3,"error_message":"No credit"}""", JobStatus.Failed, 0)]
    public async Task A_job_whose_webhook_was_lost_is_read_from_the_history(string history, JobStatus status, int assets)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/uapi/v1/history/{Job}", history.Replace("JOB", Job, StringComparison.Ordinal));
        using var bench = Confirming(api);

        var recovered = await bench["geminigen"].RecoverAsync(Job, TestContext.Current.CancellationToken);

        Assert.Equal((RecoveredEvent.EventType, Job, status), (recovered.Event.EventType, recovered.Event.JobId, recovered.Event.Status));
        Assert.Equal(assets, recovered.Event.Assets.Count);
        Assert.Equal("geminigen-api-key", Assert.Single(api.Requests).Header("x-api-key"));
    }

    private static string Body(string type, object data) => JsonSerializer.Serialize(new { @event = type, uuid = "e", data });

    private static ProviderBench Confirming(StandInServer api) =>
        new(SampleSettings.GeminiGen, ("GEMINIGEN_API_KEY", "geminigen-api-key"), ("GEMINIGEN_API_BASE_URL", api.Origin));

    /// <summary>Gets answers of the history API in the forms that its public clients support.</summary>
    public static TheoryData<string, string> Histories { get; } = new()
    {
        { """{"status":2,"file_download_url":"https://cdn.geminigen.ai/a.mp3"}""", "https://cdn.geminigen.ai/a.mp3" },
        { """{"status":2,"generate_result":"videos/a.mp4"}""", "https://cdn.geminigen.ai/videos/a.mp4" },
        { """{"status":2,"generate_result":"/videos/a.mp4"}""", "https://cdn.geminigen.ai/videos/a.mp4" },
        { """{"status":2,"generate_result":"https://x.r2.cloudflarestorage.com/a.mp4?X-Amz-Signature=%7E"}""", "https://x.r2.cloudflarestorage.com/a.mp4?X-Amz-Signature=%7E" },
        { """{"status":2,"video_uri":"videos/a.mp4"}""", "https://cdn.geminigen.ai/videos/a.mp4" },
        { """{"status":2,"media_url":"","file_download_url":"https://cdn.geminigen.ai/a.mp3"}""", "https://cdn.geminigen.ai/a.mp3" },
        { """{"status":2,"media_url":"https://cdn.geminigen.ai/m.mp4","generate_result":"videos/a.mp4"}""", "https://cdn.geminigen.ai/m.mp4" },
        { """{"data":{"uuid":"JOB","status":2,"media_url":"https://cdn.geminigen.ai/a.mp4"}}""", "https://cdn.geminigen.ai/a.mp4" },
        { """{"data":{"status":"completed","file_download_url":"a.mp3"}}""", "https://cdn.geminigen.ai/a.mp3" },
        { """{"data":{"result":{"status":2,"generate_result":"a.mp4"}}}""", "https://cdn.geminigen.ai/a.mp4" },
        { """{"result":{"status":"COMPLETED","video_uri":"a.mp4"}}""", "https://cdn.geminigen.ai/a.mp4" },
        { """{"status":"success","generated_video":[{"video_uri":"a.mp4"},{"video_uri":"b.mp4"}]}""", "https://cdn.geminigen.ai/a.mp4 https://cdn.geminigen.ai/b.mp4" },
        { """{"status":2,"generated_image":[{"image_uri":"i.png","file_download_url":"https://cdn.geminigen.ai/full.png"}]}""", "https://cdn.geminigen.ai/i.png" },
        { """{"data":{"status":2,"generated_audio":[{"file_download_url":"s.mp3"}]}}""", "https://cdn.geminigen.ai/s.mp3" },
    };

    [Theory]
    [MemberData(nameof(Histories))]
    public async Task Media_are_found_in_every_form_of_the_APIs_answer(string history, string links)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/uapi/v1/history/{Job}", history.Replace("JOB", Job, StringComparison.Ordinal));
        using var bench = Confirming(api);

        var confirmation = await bench.ConfirmAsync("geminigen", Body("VIDEO_GENERATION_COMPLETED", new { uuid = Job }), SignatureCoverage.EventIdOnly);

        Assert.Equal(JobStatus.Succeeded, confirmation.Event.Status);
        Assert.Equal(links.Split(' '), confirmation.Event.Assets.Select(asset => asset.Url));
        Assert.All(confirmation.Event.Assets, asset => Assert.Null(asset.FetchError));
    }

    [Theory]
    [InlineData("""{"status":7}""")]
    [InlineData("""{"status":"archiving"}""")]
    [InlineData("{}")]
    [InlineData("""{"status":2}""")]
    [InlineData("""{"data":{"status":"completed","thumbnail":"x"}}""")]
    public async Task An_unknown_state_and_a_success_without_media_are_requested_again(string history)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/uapi/v1/history/{Job}", history);
        using var bench = Confirming(api);

        Assert.IsType<Confirmation.Unfinished>(
            await bench.ConfirmAsync("geminigen", Body("VIDEO_GENERATION_COMPLETED", new { uuid = Job }), SignatureCoverage.EventIdOnly));
    }

    [Fact]
    public async Task A_link_is_renewed_by_the_history_of_its_job()
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/uapi/v1/history/{Job}", """{"status":2,"media_url":"https://cdn.geminigen.ai/fresh.mp4"}""");
        using var bench = Confirming(api);

        var renewed = await bench["geminigen"].RenewAsync(bench["geminigen"].RenewalKey(Job, "media")!, TestContext.Current.CancellationToken);

        Assert.Equal("https://cdn.geminigen.ai/fresh.mp4", renewed.Event.Assets.Single(asset => asset.Name == "media").Url);
    }
}
