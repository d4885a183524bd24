using System.Text.Json;
using LocalHost.StandIns;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Providers.Described;
using WebhookFunctions.Recording;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Providers;

/// <summary>Tests of services that are defined by descriptions instead of code: how their webhooks and their APIs' answers are interpreted.</summary>
public sealed class DescribedServiceTests : IAsyncLifetime
{
    private const string Secret = "a-secret-of-these-tests";
    private const string Key = "key-of-the-api";

    private StandInServer _api = null!;
    private ProviderBench _bench = null!;

    /// <summary>Returns rows of provider and body, with the expected type, job, status, error, model, and the assets by name and link.</summary>
    public static TheoryData<string, string, string> Webhooks() => new()
    {
        { "fal", """{"request_id":"r1","gateway_request_id":"g1","status":"OK","payload":{"images":[{"url":"https://v3.fal.media/a.png","content_type":"image/png"}],"prompt":"https://not a link"}}""",
            "generation r1 Succeeded - - payload.images.0.url=https://v3.fal.media/a.png" },
        { "fal", """{"request_id":"r1","status":"OK","payload":{"video":{"url":"https://v3.fal.media/v.mp4"},"audio":{"url":"https://v3.fal.media/a.wav"}}}""",
            "generation r1 Succeeded - - payload.video.url=https://v3.fal.media/v.mp4 payload.audio.url=https://v3.fal.media/a.wav" },
        { "fal", """{"request_id":"r1","status":"ERROR","error":"Invalid status code: 422","payload":{"detail":[{"msg":"x"}],"images":[{"url":"https://v3.fal.media/a.png"}]}}""",
            "generation r1 Failed Invalid_status_code:_422 -" },
        { "fal", """{"request_id":"r1","status":"OK","payload":null,"payload_error":"too large"}""", "generation r1 Succeeded - -" },
        { "bfl", """{"id":"t1","status":"Ready","result":{"sample":"https://bfldeliveryprod.blob.core.windows.net/r/s.jpg"}}""",
            "generation t1 Succeeded - - sample=https://bfldeliveryprod.blob.core.windows.net/r/s.jpg" },
        { "bfl", """{"task_id":"t1","status":"Content Moderated"}""", "generation t1 Failed - -" },
        { "bfl", """{"id":"t1","status":"Error","error":"content_policy_violation","message":"Refused"}""", "generation t1 Failed Refused -" },
        { "heygen", """{"event_type":"avatar_video.success","event_data":{"video_id":"v1","url":"https://files2.heygen.ai/v.mp4","gif_download_url":"https://resource.heygen.ai/v.gif"}}""",
            "avatar_video.success v1 Succeeded - - video=https://files2.heygen.ai/v.mp4 gif=https://resource.heygen.ai/v.gif" },
        { "heygen", """{"event_type":"avatar_video.fail","event_data":{"video_id":"v1","msg":"No avatar"}}""", "avatar_video.fail v1 Failed No_avatar -" },
        { "heygen", """{"event_type":"video_translate.success","event_data":{"video_translate_id":"t1","url":"https://files2.heygen.ai/t.mp4"}}""",
            "video_translate.success t1 Succeeded - - video=https://files2.heygen.ai/t.mp4" },
        { "heygen", """{"event_type":"personalized_video","event_data":{"video_id":"v1","url":"https://files2.heygen.ai/v.mp4"}}""", "personalized_video v1 Unknown - -" },
        { "openrouter", """{"type":"video.generation.completed","data":{"id":"j1","status":"completed","model":"m","urls":["https://storage.googleapis.com/b/v.mp4"],"unsigned_urls":["https://openrouter.ai/api/v1/videos/j1/content?index=0"]}}""",
            "video.generation.completed j1 Succeeded - m video=https://storage.googleapis.com/b/v.mp4" },
        { "openrouter", """{"type":"video.generation.expired","data":{"id":"https://openrouter.ai/api/v1/videos/j1"}}""", "video.generation.expired j1 Expired - -" },
        { "leonardo", """{"type":"image_generation.complete","data":{"object":{"id":"g1","status":"COMPLETE","images":[{"id":"i1","url":"https://cdn.leonardo.ai/1.jpg"},{"id":"i2","url":"https://cdn.leonardo.ai/2.jpg","motionMP4URL":"https://cdn.leonardo.ai/2.mp4"}]}}}""",
            "image_generation.complete g1 Succeeded - - image.i1=https://cdn.leonardo.ai/1.jpg image.i2=https://cdn.leonardo.ai/2.jpg motion.i2=https://cdn.leonardo.ai/2.mp4" },
        { "leonardo", """{"type":"image_generation.complete","data":{"object":{"id":"g1","status":"FAILED","images":[]}}}""", "image_generation.complete g1 Failed - -" },
    };

    /// <summary>Returns rows of provider, path and document of its API, and webhook about the same job, with the expected job.</summary>
    public static TheoryData<string, string, string, string, string> Answers() => new()
    {
        { "bfl", "/v1/get_result", """{"id":"t1","status":"Ready","result":{"sample":"https://delivery.bfl.ai/new"}}""",
            """{"id":"t1","status":"Ready","result":{"sample":"https://delivery.bfl.ai/old"}}""", "t1" },
        { "heygen", "/v1/video_status.get", """{"code":100,"data":{"id":"v1","status":"completed","video_url":"https://files2.heygen.ai/new","gif_url":"https://files2.heygen.ai/new.gif"}}""",
            """{"event_type":"avatar_video.success","event_data":{"video_id":"v1","url":"https://files2.heygen.ai/old","gif_download_url":"https://files2.heygen.ai/old.gif"}}""", "v1" },
        { "openrouter", "/api/v1/videos/j1", """{"id":"j1","status":"completed","urls":["https://storage.googleapis.com/new"]}""",
            """{"type":"video.generation.completed","data":{"id":"j1","status":"completed","urls":["https://storage.googleapis.com/old"]}}""", "j1" },
        { "leonardo", "/api/rest/v1/generations/g1",
            """{"generations_by_pk":{"id":"g1","status":"COMPLETE","generated_images":[{"id":"i2","url":"https://cdn.leonardo.ai/new2"},{"id":"i1","url":"https://cdn.leonardo.ai/new1"}]}}""",
            """{"type":"image_generation.complete","data":{"object":{"id":"g1","status":"COMPLETE","images":[{"id":"i1","url":"https://cdn.leonardo.ai/1"},{"id":"i2","url":"https://cdn.leonardo.ai/2"}]}}}""", "g1" },
    };

    public async ValueTask InitializeAsync()
    {
        _api = await StandInServer.StartAsync();
        _bench = new ProviderBench(
            ("FAL_WEBHOOK_TOKEN", SampleSettings.Token),
            ("BFL_WEBHOOK_SECRET", Secret), ("BFL_API_KEY", Key), ("BFL_API_BASE_URL", _api.Origin),
            ("HEYGEN_WEBHOOK_SECRET", Secret), ("HEYGEN_API_KEY", Key), ("HEYGEN_API_BASE_URL", _api.Origin),
            ("OPENROUTER_WEBHOOK_SECRET", Secret), ("OPENROUTER_API_KEY", Key), ("OPENROUTER_API_BASE_URL", _api.Origin),
            ("LEONARDO_WEBHOOK_TOKEN", SampleSettings.Token), ("LEONARDO_API_KEY", Key), ("LEONARDO_API_BASE_URL", _api.Origin));
    }

    public async ValueTask DisposeAsync()
    {
        _bench.Dispose();
        await _api.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Webhooks))]
    public void A_webhook_is_interpreted_by_its_description(string provider, string body, string expected)
    {
        var generation = _bench[provider].InterpretAny(ProviderBench.Received(provider, body));

        Assert.Equal(expected, string.Join(' ', [
            generation.EventType, generation.JobId, $"{generation.Status}", (generation.ErrorMessage ?? "-").Replace(' ', '_'), generation.Model ?? "-",
            .. generation.Assets.Select(asset => $"{asset.Name}={asset.Url}")]));
        Assert.All(generation.Assets, asset => Assert.Null(asset.FetchError ?? asset.ExternalReason));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_job_recovered_from_the_API_has_assets_with_the_same_names_as_the_webhooks(string provider, string path, string document, string webhook, string job)
    {
        _api.OnJson(path, document);

        var recovered = (await _bench[provider].RecoverAsync(job, TestContext.Current.CancellationToken)).Event;

        Assert.Equal((JobStatus.Succeeded, job, Assurance.Confirmed, RecoveredEvent.EventType), (recovered.Status, recovered.JobId, recovered.Assurance, recovered.EventType));
        Assert.Equal(
            _bench.Interpret(provider, webhook).Assets.Select(asset => asset.Name).Order(), recovered.Assets.Select(asset => asset.Name).Order());
        Assert.All(recovered.Assets, asset => Assert.Contains("new", asset.Url, StringComparison.Ordinal));
        var request = Assert.Single(_api.Requests);
        Assert.Contains(job, request.PathAndQuery, StringComparison.Ordinal);
        Assert.Contains(request.Headers.Values, value => value is Key or $"Bearer {Key}");
        Assert.Equal(job, _bench[provider].RenewalKey(job, "any"));
    }

    [Theory]
    [InlineData("bfl", "/v1/get_result", """{"id":"T1","status":"Ready","result":{"sample":"https://delivery.bfl.ai/new"}}""", "https://api.us1.bfl.ai/v1/get_result?id=T1")]
    [InlineData("heygen", "/v1/video_status.get", """{"data":{"id":"T1","status":"completed","video_url":"https://files2.heygen.ai/new"}}""", "https://app.heygen.com/share/T1")]
    [InlineData("leonardo", "/api/rest/v1/generations/T1",
        """{"generations_by_pk":{"id":"T1","status":"COMPLETE","generated_images":[{"id":"i","url":"https://cdn.leonardo.ai/new"}]}}""",
        "https://cloud.leonardo.ai/api/rest/v1/generations/T1")]
    public async Task A_job_named_by_its_address_is_recovered_as_the_job_with_its_id(string provider, string path, string document, string address)
    {
        _api.OnJson(path, document);

        Assert.Equal("T1", (await _bench[provider].RecoverAsync(address, TestContext.Current.CancellationToken)).Event.JobId);
    }

    [Theory]
    [InlineData("bfl", "/v1/get_result", """{"id":"another","status":"Ready"}""", "another job")]
    [InlineData("openrouter", "/api/v1/videos/j1", """{"id":"another","status":"completed"}""", "another job")]
    public async Task An_answer_about_another_job_is_not_accepted(string provider, string path, string document, string reason)
    {
        _api.OnJson(path, document);

        Assert.Contains(reason, (await _bench[provider].RecoverAsync("j1", TestContext.Current.CancellationToken)).Denial, StringComparison.Ordinal);
        Assert.Contains("not valid for", (await _bench[provider].RecoverAsync("../j1?x", TestContext.Current.CancellationToken)).Denial, StringComparison.Ordinal);
        Assert.Single(_api.Requests);
    }

    [Fact]
    public void The_APIs_key_is_sent_only_to_the_API()
    {
        using var own = new HttpRequestMessage(HttpMethod.Get, _api.Origin + "/api/v1/videos/j1/content?index=0");
        using var other = new HttpRequestMessage(HttpMethod.Get, "https://storage.googleapis.com/b/v.mp4");
        _bench["openrouter"].Authorize(own);
        _bench["openrouter"].Authorize(other);

        Assert.Equal($"Bearer {Key}", own.Headers.Authorization?.ToString());
        Assert.Null(other.Headers.Authorization);
    }

    [Fact]
    public void A_result_that_the_API_serves_waits_for_its_key()
    {
        using var bench = new ProviderBench(("OPENROUTER_WEBHOOK_SECRET", Secret));

        var generation = bench.Interpret(
            "openrouter", """{"type":"video.generation.completed","data":{"id":"j1","status":"completed","unsigned_urls":["https://openrouter.ai/api/v1/videos/j1/content?index=0"]}}""");

        Assert.Equal("OPENROUTER_API_KEY", generation.WaitsFor);
        Assert.Contains("OPENROUTER_API_KEY", Assert.Single(generation.Assets).ExternalReason, StringComparison.Ordinal);
        Assert.Equal("OPENROUTER_API_KEY", bench["openrouter"].RecoverySetting);
        Assert.False(bench["openrouter"].CanRecover);
    }

    [Theory]
    [InlineData("fal", "FAL_WEBHOOK_TOKEN")]
    [InlineData("leonardo", "LEONARDO_WEBHOOK_TOKEN")]
    public void A_service_whose_signature_does_not_identify_the_recipient_is_off_without_a_token(string provider, string setting)
    {
        using var bench = new ProviderBench(("LEONARDO_API_KEY", Key), ("FAL_JWKS_URL", "https://rest.fal.ai/.well-known/jwks.json"));
        var configured = bench.Catalog.All.Single(each => each.Name == provider);

        Assert.Null(configured.Provider);
        Assert.Empty(configured.Problems);
        Assert.Equal(setting, configured.NeededSettings);
    }

    [Fact]
    public void The_lifetimes_of_links_and_results_are_those_that_the_services_document()
    {
        Assert.Equal((TimeSpan.FromMinutes(10), (TimeSpan?)null), (_bench["bfl"].LinkLife, _bench["bfl"].Retention));
        Assert.Equal(((TimeSpan?)null, TimeSpan.FromDays(7)), (_bench["fal"].LinkLife, _bench["fal"].Retention));
    }

    [Theory]
    [InlineData(SignatureCoverage.None, "https://cdn.weak.example/a.png", true)]
    [InlineData(SignatureCoverage.EventIdOnly, "https://cdn.weak.example/a.png", true)]
    [InlineData(SignatureCoverage.EventIdOnly, "https://weak.r2.cloudflarestorage.com/a.png", false)]
    [InlineData(SignatureCoverage.EventIdOnly, "https://elsewhere.example/a.png", false)]
    public async Task An_unproven_event_ends_no_job_and_its_links_are_followed_only_to_the_services_hosts(SignatureCoverage coverage, string link, bool isFetched)
    {
        var weak = Weak(_bench, ("WEAK_WEBHOOK_SECRET", Secret))!;
        var received = ProviderBench.Received("weak", $$"""{"id":"j1","status":"done","url":"{{link}}"}""", coverage);

        var confirmation = await weak.ConfirmIfNeededAsync(received, weak.InterpretAny(received), TestContext.Current.CancellationToken);
        var held = new AssetHosts(Options.Create(new AssetHostOptions())).Restrict(confirmation.Event, weak);

        Assert.True(weak.IsWeak);
        Assert.Equal("WEAK_WEBHOOK_TOKEN or WEAK_API_KEY", weak.ProofSettings);
        Assert.Equal((JobStatus.Unconfirmed, Assurance.Unconfirmed, "done"), (held.Status, held.Assurance, held.ProviderStatus));
        Assert.Equal(isFetched, Assert.Single(held.Assets).IsFetched);
    }

    [Theory]
    [InlineData("""{"id":"j1","status":"done","url":"https://cdn.weak.example/true"}""", "Succeeded https://cdn.weak.example/true")]
    [InlineData("""{"id":"j1","status":"error"}""", "Failed ")]
    [InlineData("""{"id":"j1","status":"busy"}""", "Unfinished")]
    [InlineData("""{"id":"j1","status":"done"}""", "Unfinished")]
    [InlineData("""{"id":"j2","status":"done","url":"https://cdn.weak.example/true"}""", "Denied")]
    public async Task The_content_of_a_weak_event_comes_only_from_the_API(string document, string expected)
    {
        _api.OnJson("/jobs/j1", document);
        var weak = Weak(_bench, ("WEAK_WEBHOOK_SECRET", Secret), ("WEAK_API_KEY", Key), ("WEAK_API_BASE_URL", _api.Origin))!;
        var received = ProviderBench.Received("weak", """{"id":"j1","status":"done","url":"https://cdn.weak.example/lie"}""", SignatureCoverage.EventIdOnly);

        var confirmation = await weak.ConfirmIfNeededAsync(received, weak.InterpretAny(received), TestContext.Current.CancellationToken);

        Assert.False(weak.IsWeak);
        Assert.Equal(expected, confirmation is Confirmation.Believed({ } generation) ? $"{generation.Status} {(generation.Assets is [var asset, ..] ? asset.Url : "")}" : confirmation.GetType().Name);
        Assert.True(confirmation is not Confirmation.Believed || confirmation.Event.Assurance == Assurance.Confirmed);
    }

    [Fact]
    public void A_weak_service_is_on_with_only_its_secret_and_requires_a_token_if_one_is_set()
    {
        Assert.Null(Weak(_bench));
        Assert.Null(Weak(_bench, ("WEAK_WEBHOOK_SECRET", Secret))!.Endpoints[0].Tokens);
        var tokened = Weak(_bench, ("WEAK_WEBHOOK_SECRET", Secret), ("WEAK_WEBHOOK_TOKEN", SampleSettings.Token))!;
        Assert.True(tokened.Endpoints[0].Tokens!.Contains(SampleSettings.Token));
        Assert.False(tokened.IsWeak);
    }

    [Theory]
    [InlineData("a.b", "x")]
    [InlineData("a.c|a.b", "x")]
    [InlineData("list.1", "second")]
    [InlineData("list.2|list.0", "first")]
    [InlineData("number", "7")]
    [InlineData("a", null)]
    [InlineData("list.-1", null)]
    [InlineData("list.x", null)]
    [InlineData("a.b.c", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_path_selects_a_text_or_nothing(string? path, string? text)
    {
        using var document = JsonDocument.Parse("""{"a":{"b":"x","c":""},"list":["first","second"],"number":7}""");

        Assert.Equal(text, document.RootElement.TextAt(path));
    }

    [Theory]
    [InlineData("""{"t":1790000000}""", 1_790_000_000)]
    [InlineData("""{"t":1790000000123}""", 1_790_000_000)]
    [InlineData("""{"t":"2026-09-21T14:13:20Z"}""", 1_790_000_000)]
    [InlineData("""{"t":0}""", null)]
    [InlineData("""{"t":-1}""", null)]
    [InlineData("""{"t":999999999999999999}""", null)]
    [InlineData("""{"t":1e400}""", null)]
    [InlineData("""{"t":{}}""", null)]
    [InlineData("""{}""", null)]
    public void A_time_is_text_or_Unix_seconds_or_milliseconds(string json, int? seconds)
    {
        using var document = JsonDocument.Parse(json);

        Assert.Equal(seconds, document.RootElement.TimeAt("t")?.ToUnixTimeSeconds());
    }

    [Fact]
    public void A_list_is_read_up_to_a_limit()
    {
        var items = string.Join(',', Enumerable.Range(0, 2_000).Select(i => $$"""{"id":"same","url":"https://cdn.leonardo.ai/{{i}}"}"""));

        var generation = _bench.Interpret("leonardo", $$"""{"data":{"object":{"id":"g","status":"COMPLETE","images":[{{items}}] } } }""");

        Assert.Equal(OutputLinks.MaxAssets + 2, generation.Assets.Count);
        Assert.Distinct(generation.Assets.Select(asset => asset.Name));
        Assert.Equal(2, generation.Assets.Count(asset => asset.FetchError is not null));
    }

    [Fact]
    public void A_list_of_links_gives_an_asset_for_each_link_named_by_its_place()
    {
        var weak = Weak(_bench, ("WEAK_WEBHOOK_SECRET", Secret))!;

        var generation = weak.InterpretAny(ProviderBench.Received(
            "weak", """{"id":"j1","status":"done","urls":["https://cdn.weak.example/a",{"url":"https://cdn.weak.example/b"},"https://cdn.weak.example/c"]}"""));

        Assert.Equal(
            [("more.0", "https://cdn.weak.example/a"), ("more.2", "https://cdn.weak.example/c")], generation.Assets.Select(asset => (asset.Name, asset.Url ?? "")));
    }

    // Creates a service whose signature covers only an id and a time. The app itself has no such service.
    private static WebhookProvider? Weak(ProviderBench bench, params (string Name, string? Value)[] settings)
    {
        var reading = new ServiceReading { JobId = "id", Status = "status", Links = [LinkRule.One("image", "url"), LinkRule.Each("more", "urls")] };
        var service = new ServiceDescription
        {
            Name = "weak",
            Title = "Weak",
            Site = "https://weak.example",
            Makes = "images",
            Signature = "HMAC over id and time",
            Scheme = new HmacScheme { SignatureHeader = "x-signature", IdHeader = "x-id", TimeHeader = "x-time", Template = "{id}.{time}", Key = HmacKeyForm.Text },
            SecretText = "secrets",
            Reading = reading,
            Statuses = new Dictionary<string, JobStatus> { ["done"] = JobStatus.Succeeded, ["error"] = JobStatus.Failed, ["busy"] = JobStatus.Running },
            OwnHosts = ["*.weak.example"],
            SharedHosts = ["*.r2.cloudflarestorage.com"],
            Api = new ServiceApi("https://api.weak.example", "jobs/{id}", reading),
        };
        return new DescribedFactory(service, bench.Http, new FakeTimeProvider(ProviderBench.Now))
            .Create(new(TestSettings.Configuration(settings), allowLoopback: true));
    }
}
