using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Operations;

[Collection(OperatorCollection.Name)]
public sealed class JobQueryTests(SharedBench shared) : IClassFixture<SharedBench>
{
    private static readonly byte[] Video = [.. "\0\0\0\u0018ftypisom"u8, .. new byte[2000]];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_leads_to_its_files()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Serve("/video", Video));
        await bench.EndedAsync(id);

        var (status, found) = await bench.GetAsync($"jobs/gemini?id={bench.Job}&links=5");

        Assert.Equal(HttpStatusCode.OK, status);
        var asset = Assert.Single(found.GetProperty("assets").EnumerateArray());
        Assert.Equal(
            ("video", "Stored", $"gemini/{bench.Job}/video.mp4", (long)Video.Length, Convert.ToHexStringLower(SHA256.HashData(Video)), "video/mp4", "Signed"),
            (Text(asset, "name"), Text(asset, "state"), Text(asset, "blob"), asset.GetProperty("bytes").GetInt64(), Text(asset, "sha256"),
                Text(asset, "contentType"), Text(asset, "assurance")));
        Assert.Equal((null, null), (Text(asset, "reason"), Text(asset, "lastError")));
        var jobEvent = Assert.Single(found.GetProperty("events").EnumerateArray());
        Assert.Equal((id, "gemini", "video.generated", "Completed"), (Text(jobEvent, "id"), Text(jobEvent, "space"), Text(jobEvent, "type"), Text(jobEvent, "state")));
        Assert.True(jobEvent.GetProperty("completedAt").GetDateTimeOffset() >= jobEvent.GetProperty("receivedAt").GetDateTimeOffset());
        Assert.False(found.GetProperty("moreEvents").GetBoolean());
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Equal(Video, await http.GetByteArrayAsync(Text(asset, "url"), Cancel));
        var left = found.GetProperty("linksExpireAt").GetDateTimeOffset() - TimeProvider.System.GetUtcNow();
        Assert.InRange(left, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Links_are_created_only_on_request_and_with_download_a_browser_saves_the_file()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Serve("/video", Video), $"models/veo/operations/{bench.Job}");
        await bench.EndedAsync(id);
        var query = $"jobs/gemini?id={Uri.EscapeDataString($"models/veo/operations/{bench.Job}")}";

        var (_, plain) = await bench.GetAsync(query);
        var (_, named) = await bench.GetAsync($"{query}&links=1&download=true");

        Assert.False(plain.GetProperty("assets")[0].TryGetProperty("url", out _));
        Assert.Equal(JsonValueKind.Null, plain.GetProperty("linksExpireAt").ValueKind);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var answer = await http.GetAsync(Text(named.GetProperty("assets")[0], "url"), Cancel);
        Assert.Equal($"attachment; filename=\"gemini-{bench.Job}-video.mp4\"", answer.Content.Headers.ContentDisposition?.ToString());
    }

    [Fact]
    public async Task An_asset_of_several_webhooks_is_listed_once_and_a_failed_one_with_its_reason()
    {
        var bench = await shared.GetAsync();
        var ids = Enumerable.Range(0, 2).Select(i => $"id-{i}-{Guid.NewGuid():n}").ToList();
        await bench.SendAsync(ids[0], bench.Source.Serve("/video", Video));
        await bench.EndedAsync(ids[0]);
        await bench.SendAsync(ids[1], bench.Source.Url("/video"));
        await bench.EndedAsync(ids[1]);
        var failed = $"id-{Guid.NewGuid():n}";
        var other = $"job-{Guid.NewGuid():n}";
        await bench.SendAsync(failed, "ftp://example.com/video.mp4", other);
        await bench.EndedAsync(failed);

        var (_, twice) = await bench.GetAsync($"jobs/gemini?id={bench.Job}");
        var (_, none) = await bench.GetAsync($"jobs/gemini?id={other}&links=5");

        Assert.Equal("Stored", Text(Assert.Single(twice.GetProperty("assets").EnumerateArray()), "state"));
        Assert.Equal([ids[1], ids[0]], twice.GetProperty("events").EnumerateArray().Select(row => Text(row, "id")));
        var asset = Assert.Single(none.GetProperty("assets").EnumerateArray());
        Assert.Equal(("Failed", null, null), (Text(asset, "state"), Text(asset, "blob"), Text(asset, "url")));
        Assert.NotEmpty(Text(asset, "lastError")!);
    }

    [Fact]
    public async Task Jobs_are_listed_once_each_with_the_newest_first_and_page_by_page()
    {
        var bench = await shared.GetAsync();
        var since = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().ToString("O"));
        var link = bench.Source.Serve("/video", Video);
        var jobs = Enumerable.Range(0, 5).Select(i => $"job-{i}-{Guid.NewGuid():n}").ToList();
        // The first job has two webhooks. The second one comes after those of all other jobs, so the job must be listed first.
        foreach (var job in (string[])[.. jobs, jobs[0]])
        {
            var id = $"id-{Guid.NewGuid():n}";
            await bench.SendAsync(id, link, job);
            await bench.EndedAsync(id);
        }

        string[] expected = [jobs[0], jobs[4], jobs[3], jobs[2], jobs[1]];
        Assert.Equal(expected, await AllAsync("", 50));
        Assert.Equal(expected, await AllAsync("", 2));
        Assert.Equal(expected, await AllAsync("&provider=gemini&status=succeeded", 1));
        Assert.Empty(await AllAsync("&provider=sync", 50));
        Assert.Empty(await AllAsync("&status=Failed", 50));
        Assert.Empty(await AllAsync($"&until={since}", 50));

        async Task<List<string?>> AllAsync(string filter, int top)
        {
            var all = new List<string?>();
            for (var cursor = ""; ;)
            {
                var (_, page) = await bench.GetAsync($"jobs?since={since}&top={top}{filter}{cursor}");
                var found = page.GetProperty("jobs").EnumerateArray().Select(job => Text(job, "jobId")).ToList();
                Assert.InRange(found.Count, 0, top);
                all.AddRange(found);
                if (Text(page, "cursor") is not { } next)
                {
                    return all;
                }

                cursor = $"&cursor={next}";
            }
        }
    }

    [Theory]
    [InlineData("jobs?status=finished")]
    [InlineData("jobs?status=3")]
    [InlineData("jobs?since=yesterday")]
    [InlineData("jobs?until=tomorrow")]
    [InlineData("jobs?top=0")]
    [InlineData("jobs?top=501")]
    [InlineData("jobs?provider=nobody")]
    [InlineData("jobs?cursor=nonsense")]
    [InlineData("jobs?cursor=cmVjZW50LzAwMA")]
    [InlineData("jobs/gemini?id=a&links=0")]
    [InlineData("jobs/gemini?id=a&links=1441")]
    [InlineData("jobs/gemini?id=a&links=-5")]
    [InlineData("jobs/gemini?id=a&links=five")]
    [InlineData("jobs/gemini?id=a&download=true")]
    [InlineData("jobs/gemini?id=a&links=5&download=yes")]
    public async Task An_invalid_request_is_answered_400_with_what_is_expected(string path)
    {
        var bench = await shared.GetAsync();

        var (status, json) = await bench.GetAsync(path);

        Assert.Equal((HttpStatusCode.BadRequest, 400), (status, json.GetProperty("status").GetInt32()));
        var parameter = path.Split('?', '&')[^1].Split('=')[0];
        Assert.StartsWith($"\"{parameter}\" must be ", Text(json, "detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_body_of_a_webhook_is_returned_byte_for_byte()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{ "type":"video.generated",  "data":{"id":"{{bench.Job}}", "x":"<script>"} }""" + "\r\n");
        await bench.SendAsync(id, body, genuine: true);
        await bench.EventAsync(id, row => row.State == EventState.Recorded);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(bench.App.BaseAddress, "api/") };

        using var found = await http.GetAsync(new Uri($"events/gemini/body?id={id}", UriKind.Relative), Cancel);
        using var missing = await http.GetAsync(new Uri($"events/gemini/body?id={id}-no", UriKind.Relative), Cancel);

        Assert.Equal(body, await found.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("application/json", found.Content.Headers.ContentType?.MediaType);
        Assert.Equal(["nosniff"], found.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal("no-store", found.Headers.CacheControl?.ToString());
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
