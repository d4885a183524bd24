using Microsoft.AspNetCore.Http;
using System.Text;
using System.Text.Json;
using LocalHost.StandIns;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Tests.Verification;

namespace WebhookFunctions.Tests.Providers;

public sealed class SyncProviderTests
{
    private const string Link = "https://api.sync.so/v2/generations/g1/result?token=secret";

    // The body in the payload reference, with other links.
    private const string Documented = """
        {"status":"COMPLETED","createdAt":"2024-01-10T12:00:00Z","id":"asdas12312ada",
         "input":[{"type":"video","url":"https://example.com/video.mp4"},{"type":"audio","url":"https://example.com/audio.mp3"}],
         "model":"lipsync-2","error":"","error_code":"","options":{},"outputDuration":10,
         "outputUrl":"https://example.com/output.mp4","segmentOutputUrl":"https://example.com/segment_output.mp4","webhookUrl":"https://example.com/webhook"}
        """;

    [Fact]
    public void The_documented_generation_is_read()
    {
        using var bench = new ProviderBench(SampleSettings.Sync);

        var generation = bench.Interpret("sync", Documented);

        Assert.Equal(("generation", "asdas12312ada", JobStatus.Succeeded, "COMPLETED", "lipsync-2"), (generation.EventType, generation.JobId, generation.Status, generation.ProviderStatus, generation.Model));
        Assert.Equal((null, null), (generation.ErrorCode, generation.ErrorMessage));
        Assert.Equal(
            [("output", "https://example.com/output.mp4"), ("segment", "https://example.com/segment_output.mp4")],
            generation.Assets.Select(asset => (asset.Name, asset.Url)));
    }

    [Theory]
    [InlineData("PENDING", JobStatus.Queued)]
    [InlineData("PROCESSING", JobStatus.Running)]
    [InlineData("COMPLETED", JobStatus.Succeeded)]
    [InlineData("completed", JobStatus.Succeeded)]
    [InlineData("FAILED", JobStatus.Failed)]
    [InlineData("REJECTED", JobStatus.Failed)]
    [InlineData("CANCELED", JobStatus.Cancelled)]
    [InlineData("JOBS_CREATED", JobStatus.Queued)]
    [InlineData("SOMETHING_NEW", JobStatus.Unknown)]
    [InlineData("", JobStatus.Unknown)]
    public void Only_a_completed_generation_is_fetched(string providerStatus, JobStatus status)
    {
        using var bench = new ProviderBench(SampleSettings.Sync);

        var generation = bench.Interpret("sync", JsonSerializer.Serialize(new { id = "g1", status = providerStatus, outputUrl = Link, error = "E", error_code = "C" }));

        Assert.Equal(status, generation.Status);
        Assert.Equal(status == JobStatus.Succeeded ? 1 : 0, generation.Assets.Count);
        Assert.Equal(("C", "E"), (generation.ErrorCode, generation.ErrorMessage));
        Assert.Equal(status == JobStatus.Unknown, generation.Note is not null);
    }

    [Theory]
    [InlineData("COMPLETED", JobStatus.Succeeded, 1)]
    [InlineData("PROCESSING", JobStatus.Running, 0)]
    [InlineData("FAILED", JobStatus.Failed, 0)]
    public async Task A_generation_whose_webhook_was_lost_is_read_from_the_API(string providerStatus, JobStatus status, int assets)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson("/v2/generate/g1", JsonSerializer.Serialize(new { id = "g1", status = providerStatus, outputUrl = Link, error = "", error_code = "C" }));
        using var bench = new ProviderBench(SampleSettings.Sync, ("SYNC_API_KEY", "key"), ("SYNC_API_BASE_URL", api.Origin));

        var recovered = await bench["sync"].RecoverAsync("g1", TestContext.Current.CancellationToken);

        Assert.Equal((RecoveredEvent.EventType, "g1", status), (recovered.Event.EventType, recovered.Event.JobId, recovered.Event.Status));
        Assert.Equal(("C", null), (recovered.Event.ErrorCode, recovered.Event.ErrorMessage));
        Assert.Equal(assets, recovered.Event.Assets.Count);
    }

    [Theory]
    [InlineData("""{"id":"g1","status":"COMPLETED"}""")]
    [InlineData("""{"id":"g1","status":"COMPLETED","outputUrl":null}""")]
    [InlineData("""{"id":"g1","status":"completed","outputUrl":""}""")]
    public async Task A_proven_success_without_a_link_gets_it_from_the_API(string body)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson("/v2/generate/g1", JsonSerializer.Serialize(new { id = "g1", status = "COMPLETED", outputUrl = Link }));
        using var bench = new ProviderBench(SampleSettings.Sync, ("SYNC_API_KEY", "key"), ("SYNC_API_BASE_URL", api.Origin));

        var found = await bench.ConfirmAsync("sync", body, SignatureCoverage.RawBody);

        Assert.Equal((Assurance.Signed, JobStatus.Succeeded, null), (found.Event.Assurance, found.Event.Status, found.Event.Note));
        Assert.Equal(("output", Link), (Assert.Single(found.Event.Assets).Name, found.Event.Assets[0].Url));
    }

    [Theory]
    [InlineData("""{"id":"g1","status":"COMPLETED"}""")]
    [InlineData("""{"id":"g1","status":"PROCESSING"}""")]
    public async Task A_proven_success_whose_link_is_not_in_the_API_yet_is_requested_again(string answer)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson("/v2/generate/g1", answer);
        using var bench = new ProviderBench(SampleSettings.Sync, ("SYNC_API_KEY", "key"), ("SYNC_API_BASE_URL", api.Origin));

        Assert.IsType<Confirmation.Unfinished>(await bench.ConfirmAsync("sync", """{"id":"g1","status":"COMPLETED"}""", SignatureCoverage.RawBody));
    }

    [Fact]
    public async Task A_proven_success_without_a_link_names_the_setting_with_which_the_API_could_be_asked()
    {
        using var bench = new ProviderBench(SampleSettings.Sync);

        var found = await bench.ConfirmAsync("sync", """{"id":"g1","status":"COMPLETED"}""", SignatureCoverage.RawBody);

        Assert.Empty(found.Event.Assets);
        Assert.Contains("SYNC_API_KEY", found.Event.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"another","status":"COMPLETED"}""", "g1", "another job")]
    [InlineData("""{"id":"../x","status":"COMPLETED"}""", "../x", "not valid for")]
    public async Task A_generation_that_cannot_be_recovered_has_a_reason(string answer, string id, string why)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson($"/v2/generate/{id}", answer);
        using var bench = new ProviderBench(SampleSettings.Sync, ("SYNC_API_KEY", "key"), ("SYNC_API_BASE_URL", api.Origin));

        Assert.Contains(why, (await bench["sync"].RecoverAsync(id, TestContext.Current.CancellationToken)).Denial, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"b1","status":"COMPLETED","metrics":{"totalGenerations":500,"successCount":498,"failedCount":2,"pendingCount":0},"outputUrl":"https://api.sync.so/x"}""")]
    [InlineData("""{"id":"b1","status":"COMPLETED","metrics":{"total_generations":500,"success_count":498,"failed_count":2,"pending_count":0},"outputUrl":"https://api.sync.so/x"}""")]
    public void A_batch_has_its_manifest_as_asset_and_its_counts(string body)
    {
        using var bench = new ProviderBench(SampleSettings.Sync);

        var generation = bench.Interpret("sync", body);

        Assert.Equal("batch", generation.EventType);
        var manifest = Assert.Single(generation.Assets);
        Assert.Equal(("manifest", AssetKind.Document, true), (manifest.Name, manifest.Kind, manifest.Expands));
        Assert.Equal(
            new Dictionary<string, object> { ["TotalGenerations"] = 500, ["SuccessCount"] = 498, ["FailedCount"] = 2, ["PendingCount"] = 0 }, generation.JobColumns);
    }

    [Theory]
    [InlineData("""{"id":"batch_1","status":"COMPLETED"}""", "batch")]
    [InlineData("""{"id":"g","metrics":{}}""", "batch")]
    [InlineData("""{"id":"g","metrics":null}""", "generation")]
    [InlineData("""{"id":"g"}""", "generation")]
    public void A_batch_is_recognized_by_its_metrics_or_its_id(string body, string type)
    {
        using var bench = new ProviderBench(SampleSettings.Sync);

        Assert.Equal(type, bench.Interpret("sync", body).EventType);
    }

    [Theory]
    [InlineData("""{"id":"g1","status":"COMPLETED"}""", "g1:COMPLETED")]
    [InlineData("""{"id":"g1"}""", "g1:")]
    [InlineData("""{"id":17,"status":"FAILED"}""", "17:FAILED")]
    [InlineData("""{"status":"COMPLETED"}""", null)]
    [InlineData("""{"id":"","status":"COMPLETED"}""", null)]
    [InlineData("""{"id":{},"status":"COMPLETED"}""", null)]
    public void The_webhook_id_consists_of_the_jobs_id_and_its_status(string body, string? webhookId)
    {
        using var bench = new ProviderBench(SampleSettings.Sync);
        using var request = WebhookRequests.Create(body);

        Assert.Equal(webhookId, bench["sync"].Identify(request));
    }

    [Fact]
    public void The_key_is_sent_only_to_the_API()
    {
        using var bench = new ProviderBench(SampleSettings.Sync, ("SYNC_API_KEY", "k"));
        foreach (var (link, isSent) in new[]
        {
            (Link, true),
            ("https://API.SYNC.SO:443/v2/x", true),
            ("https://api.sync.so:8443/v2/x", false),
            ("http://api.sync.so/v2/x", false),
            ("https://api.sync.so.evil.example/x", false),
            ("https://user@api.sync.so/x", false),
            ("https://storage.example/x", false),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            bench["sync"].Authorize(request);
            Assert.True(request.Headers.Contains("x-api-key") == isSent, link);
        }
    }

    [Fact]
    public async Task A_manifest_of_five_hundred_lines_names_all_of_its_files()
    {
        var lines = Enumerable.Range(1, 500).Select(i =>
            $$"""{"requestId":"r{{i}}","response":{"generation":{"id":"g{{i}}","status":"COMPLETED","outputUrl":"https://api.sync.so/{{i}}","segmentOutputUrl":"https://api.sync.so/{{i}}s"} } }""");

        var assets = await ExpandAsync(string.Join('\n', lines));

        Assert.Equal(1000, assets.Count);
        Assert.Equal(("g1.output", "https://api.sync.so/1"), (assets[0].Name, assets[0].Url));
        Assert.Equal(("g500.segment", "https://api.sync.so/500s"), (assets[^1].Name, assets[^1].Url));
        Assert.Equal(assets.Count, assets.Select(asset => asset.Name).Distinct().Count());
        Assert.All(assets, asset => Assert.Null(asset.FetchError));
    }

    [Theory]
    [InlineData("""{"response":{"generation":{"id":"g","status":"FAILED","error":"no face","error_code":"face"}}}""", "g.output", "no face")]
    [InlineData("""{"response":{"generation":{"id":"g","status":"REJECTED"}}}""", "g.output", "REJECTED")]
    [InlineData("""{"response":{"generation":{"id":"g","status":"CANCELED","outputUrl":"https://api.sync.so/x"}}}""", "g.output", "CANCELED")]
    [InlineData("""{"response":{"generation":{"id":"g","status":"PROCESSING"}}}""", "g.output", "PROCESSING")]
    [InlineData("""{"response":{"generation":{"id":"g","status":"COMPLETED"}}}""", "g.output", "no link")]
    [InlineData("""{"response":{"generation":{"id":"g","status":"COMPLETED","outputUrl":"ftp://x/y"}}}""", "g.output", "ftp")]
    [InlineData("""{"requestId":"r","error":{"code":"bad_input","message":"no such video"}}""", "line-00001.output", "no such video")]
    [InlineData("""{"requestId":"r","error":"quota"}""", "line-00001.output", "quota")]
    [InlineData("{}", "line-00001.output", "no link")]
    [InlineData("[1]", "line-00001.output", "not a JSON object")]
    [InlineData("null", "line-00001.output", "not a JSON object")]
    [InlineData("nonsense", "line-00001.output", "not a JSON object")]
    [InlineData("""{"response":{"generation":""", "line-00001.output", "not a JSON object")]
    [InlineData("""{"id":"a","id":"b"}""", "line-00001.output", "not a JSON object")]
    [InlineData("<html>", "line-00001.output", "not a JSON object")]
    public async Task A_line_without_a_file_has_a_reason_and_the_next_line_is_read(string line, string name, string reason)
    {
        var assets = await ExpandAsync(line + "\n" + """{"response":{"generation":{"id":"next","status":"COMPLETED","outputUrl":"https://api.sync.so/next"}}}""");

        Assert.Equal([name, "next.output"], assets.Select(asset => asset.Name));
        Assert.Contains(reason, assets[0].FetchError, StringComparison.Ordinal);
        Assert.Null(assets[1].FetchError);
    }

    [Theory]
    [InlineData("""{"response":{"generation":GENERATION}}""")]
    [InlineData("""{"generation":GENERATION}""")]
    [InlineData("""{"response":GENERATION}""")]
    [InlineData("GENERATION")]
    public async Task A_generation_is_found_in_every_position_that_the_API_uses(string line)
    {
        var assets = await ExpandAsync(line.Replace("GENERATION", """{"id":"g","outputUrl":"https://api.sync.so/x"}""", StringComparison.Ordinal));

        Assert.Equal("g.output", Assert.Single(assets).Name);
    }

    [Fact]
    public async Task The_line_number_replaces_ids_that_cannot_name_a_file()
    {
        string[] ids = ["g", "g", "line-00004", "", "a\\ud800", new('x', 300)];
        var lines = ids.Select(id => $$$"""{"response":{"generation":{"id":"{{{id}}}","outputUrl":"https://api.sync.so/x"} } }""");

        var assets = await ExpandAsync(string.Join('\n', lines));

        Assert.Equal(
            ["g.output", "line-00002.output", "line-00003.output", "line-00004.output", "line-00005.output", "line-00006.output"],
            assets.Select(asset => asset.Name));
    }

    [Theory]
    [InlineData("\ufeff")]
    [InlineData("\r\n\n  \n")]
    public async Task Byte_order_marks_and_blank_lines_are_skipped(string before)
    {
        var assets = await ExpandAsync(before + "{\"id\":\"a\",\"outputUrl\":\"https://api.sync.so/a\"}\r\n\r\n{\"id\":\"b\",\"outputUrl\":\"https://api.sync.so/b\"}\r\n");

        Assert.Equal(["a.output", "b.output"], assets.Select(asset => asset.Name));
    }

    [Fact]
    public async Task An_extremely_long_line_uses_no_memory_and_does_not_hide_the_next()
    {
        const long Size = 200L * 1024 * 1024;
        await using var content = new EndlessLine(Size, "\n{\"id\":\"next\",\"outputUrl\":\"https://api.sync.so/next\"}"u8.ToArray());
        // The allocations of this thread include all work, because the stream completes every read synchronously.
        var before = GC.GetAllocatedBytesForCurrentThread();

        var assets = await ExpandAsync(content);

        Assert.Equal(["line-00001.output", "next.output"], assets.Select(asset => asset.Name));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, Size / 4);
    }

    [Fact]
    public async Task The_same_manifest_leads_to_the_same_assets_however_its_bytes_are_split()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 50).Select(i => $$"""{"id":"gé{{i}}","outputUrl":"https://api.sync.so/{{i}}"}""")));
        var whole = await ExpandAsync(new MemoryStream(bytes));

        foreach (var piece in new[] { 1, 2, 7, 64, 4096 })
        {
            Assert.Equal(whole, await ExpandAsync(new Trickle(bytes, piece)));
        }
    }

    private static Task<List<AssetSource>> ExpandAsync(string manifest) => ExpandAsync(new MemoryStream(Encoding.UTF8.GetBytes(manifest)));

    private static async Task<List<AssetSource>> ExpandAsync(Stream content)
    {
        using var bench = new ProviderBench(SampleSettings.Sync);
        return await bench["sync"].ExpandAsync("manifest", content, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
    }

    private const string One = """{"response":{"generation":{"id":"one","status":"COMPLETED","outputUrl":"https://api.sync.so/one"}}}""";
    private const string Two = """{"response":{"generation":{"id":"two","status":"COMPLETED","outputUrl":"https://api.sync.so/two"}}}""";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Gets the same manifest in several spellings.</summary>
    public static TheoryData<string> Manifests { get; } = new()
    {
        One + "\n" + Two,
        One + "\r\n" + Two + "\r\n",
        "\ufeff" + One + "\n\n\n" + Two + "\n",
        One + Two,
        One + " " + Two,
        One + ",\n" + Two,
        $"[{One},{Two}]",
        $"[\n  {One},\n  {Two}\n]\n",
        Pretty(One) + "\n" + Pretty(Two),
        Pretty(One) + Pretty(Two),
        $"[\n{Pretty(One)},\n{Pretty(Two)}\n]",
        Pretty(One).Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n" + Two,
        "\n\n\t" + Pretty(One) + "\n\n" + Pretty(Two) + "\n\n",
    };

    [Theory]
    [MemberData(nameof(Manifests))]
    public async Task A_manifest_is_read_as_JSON_values_with_any_separators(string manifest)
    {
        var assets = await ExpandAsync(manifest);

        Assert.Equal(["one.output", "two.output"], assets.Select(asset => asset.Name));
        Assert.All(assets, asset => Assert.Null(asset.FetchError));
    }

    [Fact]
    public async Task A_malformed_object_over_several_lines_does_not_hide_the_next_one()
    {
        var assets = await ExpandAsync("{\n\"id\": nonsense\n}\n" + Two);

        Assert.Equal("two.output", assets[^1].Name);
        Assert.Null(assets[^1].FetchError);
        Assert.Equal("line-00001.output", assets[0].Name);
    }

    [Theory]
    [InlineData("\"E\"", "E")]
    [InlineData("{\"message\":\"E\",\"code\":7}", "E")]
    [InlineData("{\"detail\":\"E\"}", "E")]
    [InlineData("{\"code\": 7, \"why\": [1, 2]}", "{\"code\":7,\"why\":[1,2]}")]
    [InlineData("[\"E\", \"F\"]", "[\"E\",\"F\"]")]
    [InlineData("{}", null)]
    [InlineData("[]", null)]
    [InlineData("null", null)]
    [InlineData("\"\"", null)]
    public void An_error_is_read_in_any_shape(string error, string? expected)
    {
        using var bench = new ProviderBench(SampleSettings.Sync, SampleSettings.Replicate);

        Assert.Equal(expected, bench.Interpret("sync", $$"""{"id":"g","status":"FAILED","error":{{error}} }""").ErrorMessage);
        Assert.Equal(expected, bench.Interpret("replicate", $$"""{"id":"g","status":"failed","error":{{error}} }""").ErrorMessage);
    }

    [Theory]
    [InlineData("""{"id":"g","status":"COMPLETED","outputMediaUrl":"https://api.sync.so/new"}""", "https://api.sync.so/new")]
    [InlineData("""{"id":"g","status":"COMPLETED","outputMediaUrl":"https://api.sync.so/new","outputUrl":"https://api.sync.so/old"}""", "https://api.sync.so/new")]
    [InlineData("""{"id":"g","status":"COMPLETED","outputMediaUrl":"","outputUrl":"https://api.sync.so/old"}""", "https://api.sync.so/old")]
    [InlineData("""{"id":"g","status":"COMPLETED","outputMediaUrl":null,"outputUrl":"https://api.sync.so/old"}""", "https://api.sync.so/old")]
    public async Task The_newer_name_of_the_output_takes_precedence(string body, string link)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson("/v2/generate/g", body);
        using var bench = new ProviderBench(SampleSettings.Sync, ("SYNC_API_KEY", "key"), ("SYNC_API_BASE_URL", api.Origin));

        Assert.Equal(link, Assert.Single(bench.Interpret("sync", body).Assets).Url);
        Assert.Equal(link, Assert.Single((await bench["sync"].RecoverAsync("g", TestContext.Current.CancellationToken)).Event.Assets).Url);
    }

    [Theory]
    [InlineData("job", "output", "/v2/generations/job/download")]
    [InlineData("job", "segment", "/v2/generate/job")]
    [InlineData("batch_1", "gen-7.output", "/v2/generations/gen-7/download")]
    [InlineData("batch_1", "gen-7.segment", "/v2/generate/gen-7")]
    [InlineData("batch_1", "a.b.output", "/v2/generations/a.b/download")]
    [InlineData("batch_1", "line-00012.output", null)]
    [InlineData("batch_1", "manifest", null)]
    [InlineData("../x", "output", null)]
    public async Task A_link_is_renewed_by_one_call_for_its_generation(string job, string asset, string? path)
    {
        await using var api = await StandInServer.StartAsync();
        if (path is not null)
        {
            api.On(path, context =>
            {
                var isDownload = path.EndsWith("/download", StringComparison.Ordinal);
                context.Response.ContentType = isDownload ? "text/plain" : "application/json";
                return context.Response.WriteAsync(isDownload ? "https://api.sync.so/fresh?token=1\n" : """{"status":"COMPLETED","segmentOutputUrl":"https://api.sync.so/fresh?token=1"}""");
            });
        }

        using var bench = new ProviderBench(SampleSettings.Sync, ("SYNC_API_KEY", "key"), ("SYNC_API_BASE_URL", api.Origin));
        var key = bench["sync"].RenewalKey(job, asset);

        Assert.Equal(path is null, key is null);
        if (key is not null)
        {
            var renewed = await bench["sync"].RenewAsync(key, TestContext.Current.CancellationToken);
            Assert.Equal(
                "https://api.sync.so/fresh?token=1", renewed.Event.Assets.Single(found => found.Name == bench["sync"].RenewedName(asset)).Url);
            Assert.Equal((Assurance.Confirmed, path), (renewed.Event.Assurance, Assert.Single(api.Requests).PathAndQuery));
            Assert.Equal("key", api.Requests[0].Header("x-api-key"));
        }
    }

    [Theory]
    [InlineData("\"https://api.sync.so/fresh\"", 200, "https://api.sync.so/fresh")]
    [InlineData("{\"url\":\"https://api.sync.so/fresh\"}", 200, "https://api.sync.so/fresh")]
    [InlineData("{\"outputMediaUrl\":\"https://api.sync.so/fresh\"}", 200, "https://api.sync.so/fresh")]
    [InlineData("", 302, "https://api.sync.so/fresh")]
    [InlineData("", 200, null)]
    [InlineData("{}", 200, null)]
    [InlineData("gone", 404, null)]
    public async Task A_new_link_is_found_in_every_form_of_the_APIs_answer(string answer, int status, string? link)
    {
        await using var api = await StandInServer.StartAsync();
        api.On("/v2/generations/g/download", context =>
        {
            context.Response.StatusCode = status;
            if (status == 302)
            {
                context.Response.Headers.Location = link;
            }

            return context.Response.WriteAsync(answer);
        });
        using var bench = new ProviderBench(SampleSettings.Sync, ("SYNC_API_KEY", "key"), ("SYNC_API_BASE_URL", api.Origin));

        var renewed = await bench["sync"].RenewAsync(bench["sync"].RenewalKey("g", "output")!, TestContext.Current.CancellationToken);

        Assert.Equal(link, (renewed as Confirmation.Believed)?.Event.Assets.Single().Url);
        Assert.Equal(link is null, renewed is Confirmation.Denied);
    }

    [Fact]
    public void A_setting_that_is_missing_for_renewals_is_named()
    {
        using var without = new ProviderBench(SampleSettings.Sync, SampleSettings.Replicate, SampleSettings.Gemini, SampleSettings.GeminiGen);
        using var with = new ProviderBench(
            SampleSettings.Sync, SampleSettings.Replicate, SampleSettings.Gemini, SampleSettings.GeminiGen,
            ("SYNC_API_KEY", "k"), ("REPLICATE_API_TOKEN", "k"), ("GEMINI_API_KEY", "k"), ("GEMINIGEN_API_KEY", "k"));

        foreach (var (name, setting) in (ReadOnlySpan<(string, string)>)
            [("sync", "SYNC_API_KEY"), ("replicate", "REPLICATE_API_TOKEN"), ("gemini", "GEMINI_API_KEY"), ("geminigen", "GEMINIGEN_API_KEY")])
        {
            Assert.Equal(setting, without[name].RenewalSetting);
            Assert.Null(without[name].RenewalKey("job", "output"));
            Assert.Null(with[name].RenewalSetting);
            Assert.NotNull(with[name].RenewalKey("job", "output"));
        }
    }

    private static string Pretty(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement, Indented);
    }
}
