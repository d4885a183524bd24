using System.Net;
using LocalHost.Demo;
using Spectre.Console;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

public sealed class WebhookToBlobTests(SharedApp shared) : IClassFixture<SharedApp>
{
    [Fact]
    public async Task Every_sample_of_the_demo_has_its_expected_result()
    {
        await using var output = new StringWriter();
        using var logs = new CapturedLogs();
        var display = new DemoDisplay(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }), TimeProvider.System);
        DemoResult? result = null;

        var problems = await new DemoRun(display, logs, CheckAsync).RunAsync(TestContext.Current.CancellationToken);

        Assert.Empty(problems);
        DemoScreens.AssertComplete(result!);

        async Task CheckAsync(DemoResult found)
        {
            result = found;
            await DemoScreens.AssertReachableAsync(found);
        }
    }

    [Fact]
    public async Task A_webhook_that_is_sent_twenty_times_at_once_has_one_effect()
    {
        var app = shared.Running;
        var events = await app.Results.CountEventsAsync(TestContext.Current.CancellationToken);
        var (webhook, scene) = app.Write("sync", "COMPLETED");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => app.PostAsync("sync", webhook)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var row = await app.EndedAsync("sync", webhook.WebhookId);
        Assert.Equal(EventState.Completed, row.State);
        await app.AssertStoredAsync(row, scene);
        Assert.All(scene.Links, link => Assert.Equal(1, app.Media[link].Requests));
        Assert.Equal(events + 1, await app.Results.CountEventsAsync(TestContext.Current.CancellationToken));
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task No_token_of_a_link_is_in_a_log_or_a_table()
    {
        var app = shared.Running;
        var (webhook, scene) = app.Write("sync", "COMPLETED");

        await app.AssertAcceptedAsync("sync", webhook);
        var row = await app.EndedAsync("sync", webhook.WebhookId);

        var written = app.Logs.Lines.Select(line => line.Text)
            .Concat((await app.Results.AssetsAsync(row, TestContext.Current.CancellationToken)).Select(asset => $"{asset.SourceUrl} {asset.LastError}"))
            .Concat(row.Entity.Select(column => $"{column.Value}"));
        foreach (var token in scene.Links.Select(link => new Uri(link).Query["?token=".Length..]))
        {
            Assert.DoesNotContain(written, text => text.Contains(token, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_body_too_large_for_a_message_is_sent_by_claim_check()
    {
        var app = shared.Running;
        var (webhook, scene) = app.Write("sync", "COMPLETED");
        webhook = webhook with { Body = webhook.Body.Replace("\"options\": {", $"\"options\": {{ \"padding\": \"{new string('x', 300_000)}\",", StringComparison.Ordinal) };

        await app.AssertAcceptedAsync("sync", webhook);

        var row = await app.EndedAsync("sync", webhook.WebhookId);
        Assert.Equal(EventState.Completed, row.State);
        await app.AssertStoredAsync(row, scene);
        var rawEvent = await app.Storage.RawEvents.GetBlobClient(row.RawBlob).DownloadContentAsync(TestContext.Current.CancellationToken);
        Assert.Equal(webhook.Body, rawEvent.Value.Content.ToString());
    }

    [Fact]
    public async Task Health_answers_that_the_app_is_alive()
    {
        var app = shared.Running;

        using var answer = await app.SendAsync(new HttpRequestMessage(HttpMethod.Get, "health"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"status":"alive"}""", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
