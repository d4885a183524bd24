using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of unusual input that must be accepted.</summary>
public sealed class OddInputTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private static readonly string[] OddIds =
    [
        "a/b", "a%2fb", "a%2Fb", "a\\b", "a#b", "a?b", "a b", " ", "%", "..", ".", "../../etc/passwd", "a'b", "a\"b", "a\tb", "a\nb", "a\0b", "ä", "a\u0308",
        "\U0001F600", "\ud800", "\udfff", "a\ud800b", "\ufffd", "A/B", new string('k', 1_000), new string('k', 999) + "l",
    ];

    [Fact]
    public async Task Every_id_is_accepted_unchanged_and_has_a_separate_row()
    {
        var app = shared.Running;
        var events = await app.Results.CountEventsAsync(TestContext.Current.CancellationToken);
        var files = OddIds.ToDictionary(id => id, id => app.Media.Add($"{Guid.NewGuid()}/output.mp3"));

        foreach (var id in OddIds)
        {
            using var answer = await app.PostAsync("sync", $"{id}:COMPLETED", Encoding.UTF8.GetBytes(
                $$"""{"id":"{{Escaped(id)}}","status":"COMPLETED","outputUrl":"{{files[id]}}"}"""));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var blobs = new HashSet<string>();
        foreach (var id in OddIds)
        {
            var row = await app.EndedAsync("sync", $"{id}:COMPLETED");
            Assert.Equal(EventState.Completed, row.State);
            var asset = Assert.Single(await app.Results.AssetsAsync(row, TestContext.Current.CancellationToken));
            Assert.Equal(app.Media[files[id]].Sha256, await app.Results.HashAsync(asset.Blob, TestContext.Current.CancellationToken));
            Assert.True(blobs.Add(asset.Blob!), $"Two ids share the blob {asset.Blob}.");
            Assert.NotNull(await app.Results.FindJobAsync("sync", id, TestContext.Current.CancellationToken));
        }

        Assert.Equal(events + OddIds.Length, await app.Results.CountEventsAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{"id":"odd","status":NaN}""")]
    [InlineData("""{"id":"odd","status":"FAILED","status":"COMPLETED"}""")]
    [InlineData("{\"id\":\"odd\",\"status\":\"FAILED\",\"error\":\"a\nb\"}")]
    [InlineData("no JSON at all")]
    public async Task A_signed_body_that_cannot_be_parsed_is_stored_and_its_row_says_why(string body)
    {
        var app = shared.Running;
        var bytes = Encoding.UTF8.GetBytes(body);
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));

        using var answer = await app.PostAsync("sync", "odd:FAILED", bytes);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var row = await app.EndedAsync("sync.malformed", digest);
        Assert.Equal((EventState.Failed, digest), (row.State, row.BodySha256));
        Assert.Equal(nameof(DeadLetterReason.MalformedBody), row.Entity["ErrorCode"]);
        Assert.NotNull(row.RawBlob);
    }

    [Fact]
    public async Task A_byte_order_mark_before_a_body_is_skipped()
    {
        var app = shared.Running;

        using var answer = await app.PostAsync("sync", "marked:FAILED", Encoding.UTF8.GetBytes("\ufeff{\"id\":\"marked\",\"status\":\"FAILED\"}"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(EventState.Recorded, (await app.EndedAsync("sync", "marked:FAILED")).State);
    }

    [Fact]
    public async Task A_body_of_just_the_limit_is_accepted()
    {
        const int MaxBodyBytes = 1024 * 1024;
        var app = shared.Running;
        const string Frame = """{"id":"large","status":"FAILED","padding":""}""";
        var body = Encoding.UTF8.GetBytes(Frame.Insert(Frame.Length - 2, new string('x', MaxBodyBytes - Frame.Length)));

        using var answer = await app.PostAsync("sync", "large:FAILED", body);

        Assert.Equal(MaxBodyBytes, body.Length);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(EventState.Recorded, (await app.EndedAsync("sync", "large:FAILED")).State);
    }

    [Theory]
    [InlineData("""{"status":"FAILED","note":"no id"}""")]
    [InlineData("""{"id":"","status":"FAILED"}""")]
    [InlineData("""{"id":{},"status":"FAILED"}""")]
    public async Task A_signed_body_without_an_id_is_identified_by_its_digest(string body)
    {
        var app = shared.Running;
        var events = await app.Results.CountEventsAsync(TestContext.Current.CancellationToken);
        var bytes = Encoding.UTF8.GetBytes(body);

        for (var i = 0; i < 2; i++)
        {
            using var answer = await app.PostAsync("sync", "", bytes);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var row = await app.EndedAsync(EventSpaces.Malformed("sync"), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Assert.Equal((EventState.Recorded, "sync"), (row.State, row.Provider));
        Assert.Equal(events + 1, await app.Results.CountEventsAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("geminigen", """{"event":"SOMETHING_NEW","uuid":"new","data":{}}""", "new")]
    [InlineData("gemini", """{"type":"something.new","version":"v1","data":{}}""", "new")]
    [InlineData("sync", """{"id":"new","status":"SOMETHING_NEW"}""", "new:SOMETHING_NEW")]
    [InlineData("gemini", "{}", "empty")]
    public async Task An_unknown_type_is_recorded(string provider, string body, string webhookId)
    {
        var app = shared.Running;

        using var answer = await app.PostAsync(provider, webhookId, Encoding.UTF8.GetBytes(body));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var row = await app.EndedAsync(provider, webhookId);
        Assert.Equal(EventState.Recorded, row.State);
        Assert.Equal(nameof(JobStatus.Unknown), (await app.Results.FindJobAsync(provider, row.JobId, TestContext.Current.CancellationToken))?.GetString("Status"));
    }

    private static string Escaped(string id) =>
        string.Concat(id.Select(character => $@"\u{((int)character).ToString("x4", CultureInfo.InvariantCulture)}"));
}
