using LocalHost.Commands;
using LocalHost.Hosting;
using LocalHost.Samples;
using LocalHost.StandIns;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.LocalHosting;

public sealed class EventWatchTests : IAsyncDisposable
{
    private const string Stored = """{"name":"output","state":"Stored","bytes":30926,"blob":"sync/job/output.mp4"}""";
    private const string Failed = """{"name":"segment","state":"Failed","lastError":"404 Not Found"}""";

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_is_followed_from_before_it_exists_to_its_end()
    {
        await using var server = await StandInServer.StartAsync();
        var answers = new Queue<(int Status, string Json)>(
        [
            (404, ""), (503, ""), (200, Event("Received")), (200, Event("Downloading", Failed)), (200, Event("CompletedWithFailures", Stored, Failed)),
        ]);
        server.On("/api/events/sync", context =>
        {
            var (status, json) = answers.Dequeue();
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(json);
        });
        server.OnJson("/api/jobs/sync", """{"job":{"status":"Succeeded"}}""");
        var seen = new List<string?>();

        var ended = await Watch(server, "a key").EndAsync("sync", "job/1:COMPLETED", "sync", "job/1", (known, _) => seen.Add(known?.State), Cancel);

        Assert.Equal([null, null, "Received", "Downloading"], seen);
        Assert.Equal(("CompletedWithFailures", "Succeeded"), (ended!.State, ended.JobStatus));
        Assert.Equal([new("output", "Stored", 30926, "sync/job/output.mp4", null), new WatchedAsset("segment", "Failed", null, null, "404 Not Found")], ended.Assets);
        Assert.Equal("/api/events/sync?id=job%2F1%3ACOMPLETED", server.Requests[0].PathAndQuery);
        Assert.Equal("/api/jobs/sync?id=job%2F1", server.Requests[^1].PathAndQuery);
        Assert.All(server.Requests, request => Assert.Equal("a key", request.Header("x-functions-key")));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_deployment_that_refuses_the_request_ends_the_wait_with_the_name_of_the_keys_setting(int status)
    {
        await using var server = await StandInServer.StartAsync();
        server.OnJson("/api/events/sync", "", status);

        var exception = await Assert.ThrowsAsync<LocalHostException>(() => Watch(server, null).EndAsync("sync", "id", "sync", "id", (_, _) => { }, Cancel));

        Assert.Contains("FUNCTIONS_KEY", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_is_bounded_and_returns_the_last_known_state()
    {
        await using var server = await StandInServer.StartAsync();
        Assert.Null(await Watch(server, null, TimeSpan.Zero).EndAsync("sync", "id", "sync", "id", (_, _) => { }, Cancel));

        server.OnJson("/api/events/sync", Event("Downloading", Failed));
        var known = await Watch(server, null, TimeSpan.Zero).EndAsync("sync", "id", "sync", "id", (_, _) => { }, Cancel);

        Assert.Equal(("Downloading", null, false), (known!.State, known.JobStatus, known.HasEnded));
    }

    [Theory]
    [InlineData("Completed", "Succeeded", 1, true)]
    [InlineData("Completed", "Succeeded", 2, false)]
    [InlineData("Completed", "Unconfirmed", 1, false)]
    [InlineData("CompletedWithFailures", "Succeeded", 1, false)]
    [InlineData("Downloading", null, 1, false)]
    public void A_result_is_as_expected_only_if_event_job_and_files_are_those_of_the_sample(string state, string? status, int files, bool isGood)
    {
        var output = new StringWriter();

        var found = SampleOutcome.Write(
            output, new WatchedEvent(state, status, ["a note"], [new("output", "Stored", 30926, "sync/job/output.mp4", null)]), Webhook, files, TimeSpan.FromSeconds(9));

        Assert.Equal(isGood, found);
        var lines = output.ToString().Split(Environment.NewLine);
        Assert.Contains("  output: Stored, 30,926 bytes, blob assets/sync/job/output.mp4", lines);
        Assert.Contains("  a note", lines);
        Assert.Equal(isGood ? "This is the expected result of the sample." : $"Expected: event Completed, job Succeeded, {files} {(files == 1 ? "file" : "files")} stored.", lines[^2]);
    }

    [Fact]
    public void An_event_that_never_appeared_is_not_an_expected_result() =>
        Assert.False(SampleOutcome.Write(TextWriter.Null, null, Webhook, 0, TimeSpan.FromSeconds(9)));

    [Fact]
    public async Task Progress_is_one_line_on_a_terminal_and_a_line_for_each_change_elsewhere()
    {
        foreach (var (isTerminal, expected) in ((bool, string)[])
            [(true, "\rlonger (0 s)\rshort (1 s) \rshort (2 s)\r           \r"), (false, $"longer{Environment.NewLine}short{Environment.NewLine}")])
        {
            await using var output = new StringWriter();
            var progress = new ProgressLine(output, isTerminal);

            progress.Show("longer", TimeSpan.Zero);
            progress.Show("short", TimeSpan.FromSeconds(1));
            progress.Show("short", TimeSpan.FromSeconds(2));
            progress.Clear();

            Assert.Equal(expected, output.ToString());
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:7071/api/webhooks/sync", "http://127.0.0.1:7071/api/")]
    [InlineData("https://name.example/webhooks/gemini/dynamic?token=secret", "https://name.example/")]
    public void The_operator_routes_have_the_same_prefix_as_the_webhook_routes(string address, string api) =>
        Assert.Equal(api, SampleTarget.Api(new Uri(address)).AbsoluteUri);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SampleWebhook Webhook { get; } =
        new() { WebhookId = "id", Body = "{}", State = EventState.Completed, JobStatus = JobStatus.Succeeded };

    private static string Event(string state, params string[] assets) => $$"""{"event":{"state":"{{state}}","note":"a note"},"assets":[{{string.Join(',', assets)}}]}""";

    private EventWatch Watch(StandInServer server, string? key, TimeSpan? timeout = null) => new(_http, new Uri($"{server.Origin}/api/"), key, TimeProvider.System)
    {
        PollInterval = TimeSpan.FromMilliseconds(1), Timeout = timeout ?? TimeSpan.FromMinutes(1),
    };
}
