using System.Globalization;
using System.Text;
using System.Text.Json;
using WebhookFunctions.Model;
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
    public void Only_a_prediction_that_succeeded_is_fetched(string word, JobStatus status)
    {
        using var bench = new ProviderBench(SampleSettings.Replicate);

        var said = bench.Interpret("replicate", JsonSerializer.Serialize(new
        {
            id = "ufawqhfynnddngldkgtslldrkq",
            version = "5c7d5dc6",
            model = "black-forest-labs/flux",
            status = word,
            output = "https://replicate.delivery/a/out.png",
            error = "E",
            created_at = "2026-07-25T10:00:00.000Z",
            completed_at = "2026-07-25T10:00:07.123456Z",
        }));

        Assert.Equal(
            ("prediction", "ufawqhfynnddngldkgtslldrkq", status, word, "black-forest-labs/flux", "E"),
            (said.EventType, said.JobId, said.Status, said.ProviderStatus, said.Model, said.ErrorMessage));
        Assert.Equal(7, said.OccurredAt?.Second);
        Assert.Equal(status == JobStatus.Succeeded ? ["output"] : [], said.Assets.Select(asset => asset.Name));
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
    public void The_output_is_searched_for_links_whatever_its_shape(string output, string[] names)
    {
        using var bench = new ProviderBench(SampleSettings.Replicate);

        var said = bench.Interpret("replicate", $$"""{"id":"p","status":"succeeded","output":{{output}} }""");

        Assert.Equal(names, said.Assets.Select(asset => asset.Name));
        Assert.Equal(names.Length == 0, said.Note is not null);
    }

    [Fact]
    public void More_links_than_the_bound_are_left_alone_and_that_is_said()
    {
        using var bench = new ProviderBench(SampleSettings.Replicate);

        var said = bench.Interpret("replicate", JsonSerializer.Serialize(new { status = "succeeded", output = Enumerable.Range(0, 2_000).Select(i => $"https://r/{i}") }));

        Assert.Equal(501, said.Assets.Count);
        Assert.NotNull(said.Assets[^1].FetchError);
        Assert.Equal(501, said.Assets.Select(asset => asset.Name).Distinct().Count());
    }

    [Fact]
    public async Task A_webhook_is_genuine_by_its_secret()
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
}
