using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// A webhook id has one body and one effect, for ever. The signature of GeminiGen covers the id alone: who has one pair may send any body with it.
/// </summary>
public sealed class OneBodyPerIdTests(AzuriteFixture azurite)
{
    private static readonly string[] Sizes = ["small", "large"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> AllSizes => [.. Sizes];

    [Fact]
    public async Task One_pair_leaves_one_blob_however_many_bodies_come_with_it_and_an_erasure_leaves_none()
    {
        await using var app = await RunningApp.StartAsync(await azurite.NewAccountAsync());

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(number => PostAsync(app, "pair", "job", number % 3 > 0 ? "large" : "small", number)));
        await app.EndedAsync("geminigen", "pair");
        await QuietAsync(app);

        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(1, await app.Results.CountEventsAsync(Cancel));
        Assert.Equal(1, await BlobsAsync(app));

        await EraseAsync(app, "job");
        Assert.Equal(0, await BlobsAsync(app));

        // The queue still knows the id and drops the webhook, so no body may have been stored for it.
        Assert.Equal(HttpStatusCode.OK, await PostAsync(app, "pair", "job", "large", 31));
        await QuietAsync(app);
        Assert.Equal((0, 0), (await BlobsAsync(app), await app.Results.CountEventsAsync(Cancel)));
    }

    [Theory]
    [MemberData(nameof(AllSizes))]
    public async Task An_id_stays_spent_after_its_job_was_erased_and_the_duplicate_history_has_expired(string size)
    {
        var (account, keys) = (await azurite.NewAccountAsync(), new AppKeys());
        await using (var before = await RunningApp.StartAsync(account, keys: keys))
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(before, "pair", "job", size, 0));
            await before.EndedAsync("geminigen", "pair");
            await EraseAsync(before, "job");
        }

        // With a broker that never saw the id, as after the seven days of duplicate detection.
        await using var app = await RunningApp.StartAsync(account, keys: keys);
        foreach (var each in Sizes)
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(app, "pair", "victim", each, 1));
            await QuietAsync(app);
        }

        Assert.Equal((0, 0), (await BlobsAsync(app), await app.Results.CountEventsAsync(Cancel)));
        Assert.Null(await app.Results.FindJobAsync("geminigen", "victim", Cancel));
        Assert.Equal(0, (await app.Host.GetCountsAsync(QueueNames.WebhookEvents, Cancel)).DeadLetters);
        // The list of the job's events stays until its last erasure, an hour later.
        var left = await app.Storage.Jobs.QueryAsync<TableEntity>(cancellationToken: Cancel)
            .Where(row => !row.RowKey.StartsWith("event:", StringComparison.Ordinal))
            .ToListAsync(Cancel);
        Assert.Equal([JobTombstones.RowKey, "spent"], left.Select(row => row.RowKey).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(left, row => row.Any(column => $"{column.Value}".Contains("pair", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Webhooks_of_an_erased_job_under_new_ids_leave_nothing_however_many_arrive()
    {
        await using var app = await RunningApp.StartAsync(await azurite.NewAccountAsync());
        await EraseAsync(app, "job");

        foreach (var size in Sizes)
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(HttpStatusCode.OK, await PostAsync(app, $"new-{size}", "job", size, i));
                await QuietAsync(app);
            }
        }

        Assert.Equal((0, 0), (await BlobsAsync(app), await app.Results.CountEventsAsync(Cancel)));
    }

    private static async Task<HttpStatusCode> PostAsync(RunningApp app, string webhookId, string job, string size, int number)
    {
        var padding = new string('x', size == "large" ? 220 * 1024 : 1);
        using var answer = await app.PostAsync("geminigen", webhookId, Encoding.UTF8.GetBytes(
            $$"""{"event":"SOMETHING_NEW","uuid":"{{webhookId}}","data":{"uuid":"{{job}}","number":{{number}},"padding":"{{padding}}"} }"""));
        return answer.StatusCode;
    }

    // One answer erases what it reaches in three seconds, and a busy machine may need longer for one part: then it is 503.
    private static Task EraseAsync(RunningApp app, string job) => Eventually.TrueAsync(
        async () =>
        {
            using var answer = await app.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"jobs/geminigen?id={job}"));
            return answer.StatusCode == HttpStatusCode.OK && !JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancel)).GetProperty("more").GetBoolean();
        },
        $"The erasure of {job}");

    private static Task QuietAsync(RunningApp app) => Eventually.TrueAsync(
        async () => await app.Host.GetCountsAsync(QueueNames.WebhookEvents, Cancel) is { Active: 0, Scheduled: 0 }, "The end of every message");

    private static async Task<int> BlobsAsync(RunningApp app) => await app.Storage.RawEvents.GetBlobsAsync(cancellationToken: Cancel).CountAsync(Cancel);
}
