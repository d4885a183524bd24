using System.Text.Json;
using Json.Schema;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.Notifications;

/// <summary>Tests that notification.schema.json describes the notifications that are sent.</summary>
public sealed class NotificationSchemaTests(AzuriteFixture azurite)
{
    private static readonly JsonSchema Schema = JsonSchema.FromText(File.ReadAllText(Repository.File("functions", "Notifications", "notification.schema.json")));

    private const string Sample = """
        {"specversion":"1.0","id":"ntf_0123456789abcdef0123456789abcdef","source":"gemini","type":"webhookfunctions.job.succeeded","subject":"job",
         "time":"2026-01-22T12:00:00Z","datacontenttype":"application/json","dataschema":"urn:webhookfunctions:notification:1",
         "data":{"provider":"gemini","jobId":"job","status":"succeeded","assurance":"signed",
         "event":{"space":"gemini","id":"a","state":"recorded","receivedAt":"2026-01-22T12:00:00Z"},
         "counts":{"total":0,"stored":0,"failed":0},"assets":[],"moreAssets":false,"path":"/api/events/gemini?id=a"}}
        """;

    /// <summary>Gets replacements that make the sample invalid.</summary>
    public static TheoryData<string, string> InvalidChanges => new()
    {
        { "\"specversion\":\"1.0\"", "\"specversion\":\"0.3\"" },
        { "ntf_0123456789abcdef0123456789abcdef", "1" },
        { "webhookfunctions.job.succeeded", "webhookfunctions.job.done" },
        { "\"status\":\"succeeded\"", "\"status\":\"done\"" },
        { "\"assurance\":\"signed\"", "\"assurance\":null" },
        { "\"time\":\"2026-01-22T12:00:00Z\"", "\"time\":\"yesterday\"" },
        { "\"assets\":[]", "\"assets\":[{\"name\":\"a\",\"state\":\"stored\"}]" },
        { "\"assets\":[]", "\"assets\":[{\"name\":\"a\",\"state\":\"failed\",\"blob\":\"b\"}]" },
        { "notification:1", "notification:2" },
        { "\"path\":\"/api/events/gemini?id=a\"", "\"path\":\"https://example.com\"" },
        { "\"moreAssets\":false,", "" },
    };

    [Fact]
    public void The_sample_is_valid() => AssertValid(Sample);

    [Theory]
    [MemberData(nameof(InvalidChanges))]
    public void An_invalid_sample_is_rejected(string old, string @new) =>
        Assert.False(Evaluate(Sample.Replace(old, @new, StringComparison.Ordinal)).IsValid);

    [Fact]
    public async Task A_sent_notification_matches_the_schema_and_contains_no_link_of_the_provider()
    {
        await using var source = new HostileServer();
        source.Serve("/a.mp4", SampleMedia.Mp4(2_000));
        await using var bench = await NotificationBench.CreateAsync(
            azurite,
            new Dictionary<string, string?> { ["Notify:Queue"] = "true", ["Notify:All"] = "true", ["Notify:LinkMinutes"] = "10" });
        foreach (var status in Enum.GetValues<JobStatus>())
        {
            bench.App.NewEvent();
            bench.Receive(new GenerationEvent
            {
                EventType = "test",
                JobId = $"{bench.App.Key.WebhookId}/ä ?",
                Assurance = Assurance.Signed,
                Status = status,
                ProviderStatus = "WORD",
                Model = "veo",
                ErrorCode = status == JobStatus.Failed ? "13" : null,
                ErrorMessage = status == JobStatus.Failed ? "See https://example.com/?token=secret" : null,
                EventColumns = new Dictionary<string, object> { ["UserMetadata"] = """{"order":7}""" },
                Assets =
                [
                    new AssetSource { Name = "a", Url = source.Url("/a.mp4?sig=secret") },
                    new AssetSource { Name = "b", Url = source.Url("/none?sig=secret") },
                    new AssetSource { Name = "c", Url = "gs://bucket/object", ExternalReason = "It is kept elsewhere." },
                    new AssetSource { Name = "d", Url = "file:///etc/passwd", FetchError = "The link is none that is followed." },
                ],
            });
        }

        await bench.RunAsync();

        Assert.Equal(Enum.GetValues<JobStatus>().Length, bench.Results.Count);
        Assert.All(bench.Results, message =>
        {
            AssertValid(message.Body.ToString());
            Assert.DoesNotContain("secret", message.Body.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(source.Url(""), message.Body.ToString(), StringComparison.Ordinal);
        });
        var data = NotificationBench.Read(bench.Results[0])["data"]!;
        Assert.Equal(
            ["stored", "failed", "recorded", "failed"], data["assets"]!.AsArray().Select(asset => (string)asset!["state"]!));
        Assert.Equal((3, 1, 2), ((int)data["counts"]!["total"]!, (int)data["counts"]!["stored"]!, (int)data["counts"]!["failed"]!));
        Assert.Equal("""{"order":7}""", (string?)data["userMetadata"]);
        Assert.NotNull(data["assets"]![0]!["link"]);
    }

    [Fact]
    public async Task Of_many_assets_the_first_hundred_are_listed()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Notify:Queue"] = "true" });
        bench.Receive(new GenerationEvent
        {
            EventType = "test",
            JobId = bench.App.JobId,
            Assurance = Assurance.Signed,
            Status = JobStatus.Succeeded,
            Assets = [.. Enumerable.Range(0, 130).Select(i => new AssetSource { Name = $"asset-{i:D3}", Url = "gs://bucket/object", ExternalReason = "It is kept elsewhere." })],
        });

        await bench.RunAsync();

        var message = Assert.Single(bench.Results);
        AssertValid(message.Body.ToString());
        var data = NotificationBench.Read(message)["data"]!;
        Assert.Equal((100, true), (data["assets"]!.AsArray().Count, (bool)data["moreAssets"]!));
        Assert.Equal("asset-099", (string?)data["assets"]![99]!["name"]);
    }

    private static void AssertValid(string notification)
    {
        var result = Evaluate(notification);
        Assert.True(result.IsValid, $"{notification}\n{JsonSerializer.Serialize(result.Details?.Where(detail => detail.Errors is not null))}");
    }

    private static EvaluationResults Evaluate(string notification) => Schema.Evaluate(
        JsonElement.Parse(notification), new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
}
