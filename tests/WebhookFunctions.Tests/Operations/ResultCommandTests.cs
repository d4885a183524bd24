using System.CommandLine;
using System.Text.Json;
using LocalHost.Commands;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

[Collection(SecondOperatorCollection.Name)]
public sealed class ResultCommandTests(SharedBench shared) : IClassFixture<SharedBench>
{
    private static readonly byte[] Video = [.. "\0\0\0\u0018ftypisom"u8, .. new byte[300_000]];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_is_listed_and_shown_and_its_files_are_downloaded_into_a_folder()
    {
        var bench = await shared.GetAsync();
        using var folder = new TemporaryDirectory();
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Serve("/video", Video));
        await bench.EndedAsync(id);
        var target = Path.Combine(folder.Path, "results");

        var jobs = await RunAsync(ResultCommands.Jobs(), bench, "--provider", "gemini", "--top", "500");
        var events = await RunAsync(ResultCommands.Events(), bench, "--top", "500");
        var job = await RunAsync(ResultCommands.Job(), bench, "gemini", bench.Job);
        var files = await RunAsync(ResultCommands.Files(), bench, "gemini", bench.Job, "--to", target);
        var health = await RunAsync(ResultCommands.Health(), bench);

        Assert.Equal((0, 0, 0, 0, 0), (jobs.Code, events.Code, job.Code, files.Code, health.Code));
        Assert.Contains(bench.Job[..30], jobs.Output, StringComparison.Ordinal);
        Assert.Contains(id[..20], events.Output, StringComparison.Ordinal);
        Assert.Contains("293.0 KiB", job.Output, StringComparison.Ordinal);
        Assert.Contains("hash equal", files.Output, StringComparison.Ordinal);
        Assert.Contains("webhook-events", health.Output, StringComparison.Ordinal);
        var file = Assert.Single(Directory.GetFiles(target));
        Assert.Equal($"gemini-{bench.Job}-video.mp4", Path.GetFileName(file));
        Assert.Equal(Video, await File.ReadAllBytesAsync(file, Cancel));
        Assert.All(
            (string[])[jobs.Output, events.Output, job.Output, health.Output],
            output => Assert.All(output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80)));
    }

    [Fact]
    public async Task The_JSON_output_is_the_complete_answer()
    {
        var bench = await shared.GetAsync();

        var (code, output) = await RunAsync(ResultCommands.Jobs(), bench, "--json", "--top", "1");

        Assert.Equal(0, code);
        Assert.True(JsonElement.Parse(output).TryGetProperty("jobs", out _));
    }

    [Fact]
    public async Task A_missing_job_and_a_file_that_is_not_stored_fail_the_command()
    {
        var bench = await shared.GetAsync();
        using var folder = new TemporaryDirectory();
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, "ftp://example.com/video.mp4");
        await bench.EndedAsync(id);

        Assert.Equal(1, (await RunAsync(ResultCommands.Job(), bench, "gemini", "no-such-job")).Code);
        var (code, output) = await RunAsync(ResultCommands.Files(), bench, "gemini", bench.Job, "--to", folder.Path);
        Assert.Equal(1, code);
        Assert.Contains("not stored", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task A_file_with_the_wrong_hash_is_deleted()
    {
        await using var source = new Downloading.HostileServer();
        using var folder = new TemporaryDirectory();
        using var output = new StringWriter();
        var asset = JsonSerializer.SerializeToElement(new[]
        {
            new { name = "video", url = source.Serve("/video.mp4", Video), sha256 = new string('0', 64), bytes = Video.Length },
        });

        Assert.False(await FileDownloads.RunAsync(asset, folder.Path, output, Cancel));
        Assert.Contains("it was deleted", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_senders_text_cannot_break_a_table()
    {
        var hostile = "a\u001b[2J\r\nb" + new string('x', 100);
        var answer = JsonSerializer.SerializeToElement(new
        {
            jobs = new[] { new { provider = "sync", jobId = hostile, status = "Succeeded", updatedAt = "2026-11-26T12:00:00Z" } },
            cursor = "next",
        });

        Assert.Equal(
            """
            UPDATED (UTC)        PROVIDER  STATUS     JOB
            2026-11-26 12:00:00  sync      Succeeded  a [2J  bxxxxxxxxxxxxxxxxxxxxxxxxx…

            There are more: --cursor next
            """,
            ResultTables.Jobs(answer),
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void An_invalid_setting_is_named_with_the_reason()
    {
        var answer = JsonElement.Parse(
            """
            {"status":"bad","storage":{},"queues":{"webhook-events":{"status":"ok","error":null}},
             "providers":{"sync":{"status":"bad","problems":[{"setting":"SYNC_WEBHOOK_SECRET","reason":"is empty"}],"note":null}}}
            """);

        Assert.Contains("sync            bad     SYNC_WEBHOOK_SECRET: is empty", ResultTables.Health(answer), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(Command command, OperatorBench bench, params string[] arguments)
    {
        using var output = new StringWriter();
        var code = await command
            .Parse([.. arguments, "--url", bench.App.BaseAddress.AbsoluteUri])
            .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = TextWriter.Null }, Cancel);
        return (code, output.ToString());
    }
}
