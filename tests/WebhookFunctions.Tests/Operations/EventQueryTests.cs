using System.Net;
using System.Text.Json;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Operations;

[Collection(OperatorCollection.Name)]
public sealed class EventQueryTests(SharedBench shared) : IClassFixture<SharedBench>
{
    private static readonly byte[] Video = [.. "\0\0\0\u0018ftypisom"u8, .. new byte[2000]];

    [Fact]
    public async Task An_event_and_its_job_are_found_by_their_ids_with_every_column()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid()}";
        await bench.SendAsync(id, bench.Source.Serve("/video", Video) + "?token=secret");
        await bench.EndedAsync(id);

        var (status, found) = await bench.GetAsync($"events/gemini?id={id}");
        var (_, job) = await bench.GetAsync($"jobs/gemini?id={bench.Job}");

        Assert.Equal(HttpStatusCode.OK, status);
        var row = found.GetProperty("event");
        Assert.Equal(
            ("gemini", id, "video.generated", bench.Job, "Completed", "RawBody", 1, 1, 0),
            (Text(row, "provider"), Text(row, "webhookId"), Text(row, "eventType"), Text(row, "jobId"), Text(row, "state"), Text(row, "coverage"),
                row.GetProperty("assetsTotal").GetInt32(), row.GetProperty("assetsStored").GetInt32(), row.GetProperty("assetsFailed").GetInt32()));
        Assert.True(row.GetProperty("completedAt").GetDateTimeOffset() >= row.GetProperty("receivedAt").GetDateTimeOffset());
        var asset = Assert.Single(found.GetProperty("assets").EnumerateArray());
        Assert.Equal(
            ("asset:00000", "Stored", $"gemini/{bench.Job}/video.mp4", (long)Video.Length, bench.Source.Url("/video")),
            (Text(asset, "rowKey"), Text(asset, "state"), Text(asset, "blob"), asset.GetProperty("bytes").GetInt64(), Text(asset, "sourceUrl")));
        Assert.DoesNotContain("secret", found.GetRawText(), StringComparison.Ordinal);
        Assert.Equal((bench.Job, "Succeeded", id), (Text(job.GetProperty("job"), "jobId"), Text(job.GetProperty("job"), "status"), Text(job.GetProperty("job"), "webhookId")));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("../../etc")]
    [InlineData("a?b=c&d#e")]
    [InlineData("50%25 of it")]
    [InlineData("späß 🎬")]
    [InlineData("'; drop table")]
    [InlineData("a\\b")]
    public async Task An_event_is_found_by_any_id(string part)
    {
        var bench = await shared.GetAsync();
        var job = $"{part}-{Guid.NewGuid():n}";
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Serve("/video", Video), job);
        await bench.EndedAsync(id);

        var (status, found) = await bench.GetAsync($"jobs/gemini?id={Uri.EscapeDataString(job)}");

        Assert.Equal((HttpStatusCode.OK, job), (status, Text(found.GetProperty("job"), "jobId")));
    }

    [Theory]
    [InlineData("events/gemini?id=no-such-event", HttpStatusCode.NotFound)]
    [InlineData("events/no-such-provider?id=a", HttpStatusCode.NotFound)]
    [InlineData("events/GEMINI?id=a", HttpStatusCode.NotFound)]
    [InlineData("events/gemini'%20or%20'1'%20eq%20'1?id=a", HttpStatusCode.NotFound)]
    [InlineData("jobs/gemini?id=no-such-job", HttpStatusCode.NotFound)]
    [InlineData("jobs/no-such-provider?id=a", HttpStatusCode.NotFound)]
    [InlineData("dead-letters/no-such-queue", HttpStatusCode.NotFound)]
    [InlineData("events/gemini", HttpStatusCode.BadRequest)]
    [InlineData("events/gemini?id=", HttpStatusCode.BadRequest)]
    [InlineData("events/gemini?id=a&id=b", HttpStatusCode.BadRequest)]
    [InlineData("jobs/gemini", HttpStatusCode.BadRequest)]
    [InlineData("events?state=sleeping", HttpStatusCode.BadRequest)]
    [InlineData("events?since=yesterday", HttpStatusCode.BadRequest)]
    [InlineData("events?top=0", HttpStatusCode.BadRequest)]
    [InlineData("events?top=501", HttpStatusCode.BadRequest)]
    [InlineData("events?top=-1", HttpStatusCode.BadRequest)]
    [InlineData("events?top=many", HttpStatusCode.BadRequest)]
    [InlineData("events?cursor=first", HttpStatusCode.BadRequest)]
    [InlineData("events?cursor=%F0%9F%8E%AC", HttpStatusCode.BadRequest)]
    // Well-formed cursors: of another list, with an invalid time, and with a key that no list has.
    [InlineData("events?state=failed&cursor=UmVjZW50LzI1MTcwODY3ODQwMDAwMDAwMDA6MDEyMzQ1Njc4OWFiY2RlZg", HttpStatusCode.BadRequest)]
    [InlineData("events?cursor=UmVjZW50Lzk5OTk5OTk5OTk5OTk5OTk5OTk6MDEyMzQ1Njc4OWFiY2RlZg", HttpStatusCode.BadRequest)]
    [InlineData("events?cursor=UmVjZW50LydvciAxIGVxIDE", HttpStatusCode.BadRequest)]
    [InlineData("dead-letters/webhook-events?cursor=first", HttpStatusCode.BadRequest)]
    [InlineData("dead-letters/webhook-events?cursor=-1", HttpStatusCode.BadRequest)]
    [InlineData("dead-letters/webhook-events?cursor=9223372036854775807", HttpStatusCode.BadRequest)]
    public async Task A_missing_object_or_an_invalid_request_is_answered_with_an_error_in_JSON(string path, HttpStatusCode expected)
    {
        var bench = await shared.GetAsync();

        var (status, json) = await bench.GetAsync(path);

        Assert.Equal(expected, status);
        Assert.Equal(["type", "title", "status", "detail"], json.EnumerateObject().Select(property => property.Name));
        Assert.Equal((int)expected, json.GetProperty("status").GetInt32());
        Assert.True(expected != HttpStatusCode.NotFound || Text(json, "detail") == "The requested resource does not exist.");
    }

    [Fact]
    public async Task Recent_unfinished_and_failed_events_are_listed_with_the_newest_first()
    {
        var bench = await shared.GetAsync();
        var since = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().ToString("O"));
        var stuck = new TaskCompletionSource();
        var ids = new List<string>();
        foreach (var link in (string[])[
            bench.Source.Serve("/video", Video),
            bench.Source.Url("/missing"),
            bench.Source.On("/slow", async exchange =>
            {
                await stuck.Task;
                await exchange.AnswerAsync("400 Bad Request");
            }),
        ])
        {
            ids.Add($"id-{Guid.NewGuid():n}");
            await bench.SendAsync(ids[^1], link, $"job-{Guid.NewGuid():n}");
        }

        await bench.EndedAsync(ids[0]);
        await bench.EndedAsync(ids[1]);
        await bench.EventAsync(ids[2], row => row.State == EventState.Downloading);

        async Task<List<string>> ListAsync(string query) =>
            [.. (await bench.GetAsync($"events?since={since}&{query}")).Json.GetProperty("events").EnumerateArray().Select(row => Text(row, "webhookId")!)];
        Assert.Equal([ids[2], ids[1], ids[0]], await ListAsync(""));
        Assert.Equal([ids[2], ids[1], ids[0]], await ListAsync("state=recent"));
        Assert.Equal([ids[2], ids[1]], await ListAsync("top=2"));
        Assert.Equal([ids[2]], await ListAsync("state=unfinished"));
        Assert.Equal([ids[2]], await ListAsync("state=Downloading"));
        Assert.Empty(await ListAsync("state=Received"));
        Assert.Equal([ids[1]], await ListAsync("state=failed"));
        Assert.Equal([ids[1]], await ListAsync("state=CompletedWithFailures"));
        Assert.Equal([ids[0]], await ListAsync("state=Completed"));

        stuck.SetResult();
        await bench.EndedAsync(ids[2]);
        Assert.Empty(await ListAsync("state=unfinished"));
        Assert.Equal([ids[2], ids[1]], await ListAsync("state=failed"));
        Assert.False((await bench.GetAsync($"events?since={since}&top=3")).Json.GetProperty("more").GetBoolean());
        Assert.True((await bench.GetAsync($"events?since={since}&top=2")).Json.GetProperty("more").GetBoolean());
    }

    [Theory]
    [InlineData("recent", 5)]
    [InlineData("failed", 3)]
    public async Task Pages_by_cursor_name_each_event_once_and_come_to_an_end(string state, int expected)
    {
        var bench = await shared.GetAsync();
        var since = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().ToString("O"));
        var ids = Enumerable.Range(0, 5).Select(i => $"id-{i}-{Guid.NewGuid():n}").ToList();
        foreach (var (i, id) in ids.Index())
        {
            // Every second event fails.
            await bench.SendAsync(id, i % 2 == 0 ? bench.Source.Url("/missing") : bench.Source.Serve("/video", Video), $"job-{Guid.NewGuid():n}");
            await bench.EndedAsync(id);
        }

        // Pages of two, so that between the events of the list there are others.
        var seen = new List<string>();
        var cursor = "";
        do
        {
            var (_, page) = await bench.GetAsync($"events?state={state}&since={since}&top=2&cursor={cursor}");
            var events = page.GetProperty("events").EnumerateArray().Select(row => Text(row, "webhookId")!).ToList();
            Assert.InRange(events.Count, 1, 2);
            seen.AddRange(events);
            cursor = Text(page, "cursor");
            Assert.Equal(cursor is not null, page.GetProperty("more").GetBoolean());
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Reverse(ids).Where((_, i) => expected == 5 || i % 2 == 0), seen);
    }

    [Fact]
    public async Task A_list_shows_the_failure_of_each_event()
    {
        var bench = await shared.GetAsync();
        var since = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().ToString("O"));
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Url("/missing?token=secret"));
        await bench.EndedAsync(id);

        var (_, page) = await bench.GetAsync($"events?state=failed&since={since}");

        var row = Assert.Single(page.GetProperty("events").EnumerateArray());
        Assert.True(row.TryGetProperty("errorCode", out _) && row.TryGetProperty("lastError", out _));
        var failure = Assert.Single(row.GetProperty("failures").EnumerateArray());
        Assert.Equal(("video", "Failed", "Refused"), (Text(failure, "asset"), Text(failure, "state"), Text(failure, "errorCode")));
        Assert.Contains("400", Text(failure, "lastError"), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", page.GetRawText(), StringComparison.Ordinal);
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
