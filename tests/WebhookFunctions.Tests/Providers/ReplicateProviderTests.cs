using System.Globalization;
using System.Text;
using System.Text.Json;
using LocalHost.StandIns;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Tests.Verification;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Providers;

public sealed class ReplicateProviderTests
{
    [Theory]
    [InlineData("starting", JobStatus.Queued)]
    [InlineData("processing", JobStatus.Running)]
    [InlineData("succeeded", JobStatus.Succeeded)]
    [InlineData("failed", JobStatus.Failed)]
    [InlineData("canceled", JobStatus.Cancelled)]
    [InlineData("aborted", JobStatus.Cancelled)]
    [InlineData("something new", JobStatus.Unknown)]
    public void Only_the_output_of_a_successful_prediction_is_fetched(string providerStatus, JobStatus status)
    {
        using var bench = new ProviderBench(SampleSettings.Replicate);

        var generation = bench.Interpret("replicate", JsonSerializer.Serialize(new
        {
            id = "ufawqhfynnddngldkgtslldrkq",
            version = "5c7d5dc6",
            model = "black-forest-labs/flux",
            status = providerStatus,
            output = "https://replicate.delivery/a/out.png",
            error = "E",
            created_at = "2026-07-25T10:00:00.000Z",
            completed_at = "2026-07-25T10:00:07.123456Z",
        }));

        Assert.Equal(
            ("prediction", "ufawqhfynnddngldkgtslldrkq", status, providerStatus, "black-forest-labs/flux", "E"),
            (generation.EventType, generation.JobId, generation.Status, generation.ProviderStatus, generation.Model, generation.ErrorMessage));
        Assert.Equal(7, generation.OccurredAt?.Second);
        Assert.Equal(status == JobStatus.Succeeded ? ["output"] : [], generation.Assets.Select(asset => asset.Name));
    }

    [Theory]
    [InlineData("""["https://r/1","https://r/2"]""", new[] { "output.0", "output.1" })]
    [InlineData("""{"video":"https://r/v","thumbs":["https://r/1","https://r/2"]}""", new[] { "output.video", "output.thumbs.0", "output.thumbs.1" })]
    [InlineData("""["text","https://r/1",7,null,true,{"n":1}]""", new[] { "output.1" })]
    [InlineData("""{"a.b":"https://r/1","a":{"b":"https://r/2"}}""", new[] { "output.a.b", "output.1~" })]
    [InlineData("""{"https://r/a?sig=SECRET":"https://r/1"}""", new[] { "output.0~" })]
    [InlineData("""{"a":"data:image/png;base64,AAAA"}""", new[] { "output.a" })]
    [InlineData("\"HTTPS://R/1\"", new[] { "output" })]
    [InlineData("\"Once upon a time https://example.com\"", new string[0])]
    [InlineData("""["Once"," upon"," a"," time"]""", new string[0])]
    [InlineData("null", new string[0])]
    [InlineData("42", new string[0])]
    [InlineData("""["See ","https://","example",".com"]""", new string[0])]
    [InlineData("""["See ","https://example.com"," for more"]""", new string[0])]
    [InlineData("""["https://example",".com/x"]""", new string[0])]
    [InlineData("""["Here: ","https://replicate.delivery/a/out.png"]""", new[] { "output.1" })]
    [InlineData("""["Here: ","https://x.replicate.delivery/a.png","https://replicate.delivery.example/a.png"]""", new[] { "output.1" })]
    [InlineData("""{"caption":"A cat","image":"https://r/1"}""", new[] { "output.image" })]
    [InlineData("\"https://example.com is where it is\"", new string[0])]
    [InlineData("\"https://example.com\\n\"", new string[0])]
    [InlineData("\" https://example.com\"", new string[0])]
    [InlineData("\"<https://example.com>\"", new string[0])]
    [InlineData("\"https://example.com and https://example.org\"", new string[0])]
    [InlineData("\"http://example.com/x\"", new string[0])]
    [InlineData("\"https://\"", new string[0])]
    [InlineData("\"https:\"", new string[0])]
    [InlineData("\"https://example.com/a%20b?c=d#e\"", new[] { "output" })]
    [InlineData("\"data: the plural of datum, or so they say\"", new string[0])]
    [InlineData("[[\"https://r/1\"],[\"a\",\"b\"]]", new[] { "output.0.0" })]
    public void Links_are_found_in_an_output_of_any_shape(string output, string[] names)
    {
        using var bench = new ProviderBench(SampleSettings.Replicate);

        var generation = bench.Interpret("replicate", $$"""{"id":"p","status":"succeeded","output":{{output}} }""");

        Assert.Equal(names, generation.Assets.Select(asset => asset.Name));
        Assert.Equal(names.Length == 0, generation.Note is not null);
    }

    [Fact]
    public void Links_above_the_limit_are_ignored_with_a_note()
    {
        using var bench = new ProviderBench(SampleSettings.Replicate);

        var generation = bench.Interpret("replicate", JsonSerializer.Serialize(new { status = "succeeded", output = Enumerable.Range(0, 2_000).Select(i => $"https://r/{i}") }));

        Assert.Equal(501, generation.Assets.Count);
        Assert.NotNull(generation.Assets[^1].FetchError);
        Assert.Equal(501, generation.Assets.Select(asset => asset.Name).Distinct().Count());
    }

    [Fact]
    public async Task A_webhook_is_verified_with_its_secret()
    {
        using var bench = new ProviderBench(SampleSettings.Replicate);
        const string Body = """{"id":"p","status":"starting"}""";
        var time = ProviderBench.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Signatures.StandardWebhooks(SampleSettings.ReplicateKey, "msg", time, Encoding.UTF8.GetBytes(Body));

        Assert.Equal(
            Verdict.Genuine(SignatureCoverage.RawBody),
            await bench.VerifyAsync("replicate", null, Body, ("webhook-id", "msg"), ("webhook-timestamp", time), ("webhook-signature", signature)));
        Assert.False(
            (await bench.VerifyAsync("replicate", null, Body, ("webhook-id", "other"), ("webhook-timestamp", time), ("webhook-signature", signature))).IsGenuine);
    }

    [Fact]
    public void The_output_of_a_model_may_be_a_file_of_any_kind()
    {
        using var bench = new ProviderBench(SampleSettings.Replicate);

        var generation = bench.Interpret("replicate", """{"id":"p","status":"succeeded","output":["https://replicate.delivery/a/out.srt"]}""");

        Assert.Equal(AssetKind.AnyFile, Assert.Single(generation.Assets).Kind);
    }

    [Theory]
    [InlineData("""{"id":"p1","status":"succeeded","output":["https://replicate.delivery/a.png","https://replicate.delivery/b.png"],"model":"m"}""", JobStatus.Succeeded, "output.0 output.1")]
    [InlineData("""{"id":"p1","status":"processing","output":["https://replicate.delivery/a.png"]}""", JobStatus.Running, "")]
    [InlineData("""{"id":"p1","status":"failed","error":"Out of memory."}""", JobStatus.Failed, "")]
    [InlineData("""{"id":"p1","status":"succeeded","output":null,"data_removed":true}""", JobStatus.Succeeded, "")]
    public async Task A_prediction_whose_webhook_was_lost_is_read_from_the_API(string answer, JobStatus status, string assets)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson("/v1/predictions/p1", answer);
        using var bench = new ProviderBench(SampleSettings.Replicate, ("REPLICATE_API_TOKEN", "r8_token"), ("REPLICATE_API_BASE_URL", api.Origin));

        Assert.True(bench["replicate"].CanRecover);
        var recovered = await bench["replicate"].RecoverAsync("p1", TestContext.Current.CancellationToken);

        Assert.Equal(
            (RecoveredEvent.EventType, "p1", status, Assurance.Confirmed),
            (recovered.Event.EventType, recovered.Event.JobId, recovered.Event.Status, recovered.Event.Assurance));
        Assert.Equal(assets, string.Join(' ', recovered.Event.Assets.Select(asset => asset.Name)));
        Assert.Equal("Bearer r8_token", Assert.Single(api.Requests).Header("Authorization"));
    }

    [Theory]
    [InlineData("""{"id":"other","status":"succeeded"}""", "p1", 200, "another job")]
    [InlineData("{}", "p1", 404, "knows no such job (404)")]
    [InlineData("{}", "../p1", 200, "not valid for")]
    [InlineData("{}", "p/1", 200, "not valid for")]
    public async Task A_prediction_that_cannot_be_recovered_has_a_reason(string answer, string id, int status, string why)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson("/v1/predictions/p1", answer, status);
        using var bench = new ProviderBench(SampleSettings.Replicate, ("REPLICATE_API_TOKEN", "t"), ("REPLICATE_API_BASE_URL", api.Origin));

        Assert.Contains(why, (await bench["replicate"].RecoverAsync(id, TestContext.Current.CancellationToken)).Denial, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("""{"id":"p1","status":""")]
    public async Task An_answer_that_cannot_be_read_is_retried(string answer)
    {
        await using var api = await StandInServer.StartAsync();
        api.OnJson("/v1/predictions/p1", answer);
        using var bench = new ProviderBench(SampleSettings.Replicate, ("REPLICATE_API_TOKEN", "t"), ("REPLICATE_API_BASE_URL", api.Origin));

        await Assert.ThrowsAsync<HttpRequestException>(async () => await bench["replicate"].RecoverAsync("p1", TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Files_expire_after_an_hour_and_nothing_is_recovered_without_a_token()
    {
        using var bench = new ProviderBench(SampleSettings.Replicate);

        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromHours(1)), (bench["replicate"].LinkLife, bench["replicate"].Retention));
        Assert.False(bench["replicate"].CanRecover);
    }
}
