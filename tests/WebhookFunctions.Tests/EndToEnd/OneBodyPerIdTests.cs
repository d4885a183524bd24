using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// Tests that a webhook id has one body and one effect for ever. GeminiGen's signature covers only the id, so anyone with one pair of id and signature
/// can send any body with it.
/// </summary>
public sealed class OneBodyPerIdTests(AzuriteFixture azurite)
{
    private static readonly string[] Sizes = ["small", "large"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> AllSizes => [.. Sizes];

    [Fact]
    public async Task One_pair_leads_to_one_blob_with_any_number_of_bodies_and_to_none_after_an_erasure()
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

        // Duplicate detection drops the message with this id, so no body may have been stored for it.
        Assert.Equal(HttpStatusCode.OK, await PostAsync(app, "pair", "job", "large", 31));
        await QuietAsync(app);
        Assert.Equal((0, 0), (await BlobsAsync(app), await app.Results.CountEventsAsync(Cancel)));
    }

    [Theory]
    [MemberData(nameof(AllSizes))]
    public async Task An_id_stays_used_after_its_job_was_erased_and_the_duplicate_history_has_expired(string size)
    {
        var (account, keys) = (await azurite.NewAccountAsync(), new AppKeys());
        await using (var before = await RunningApp.StartAsync(account, keys: keys))
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(before, "pair", "job", size, 0));
            await before.EndedAsync("geminigen", "pair");
            await EraseAsync(before, "job");
        }

        // The new broker has no duplicate history, as after the seven days of the detection window.
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
    public async Task Webhooks_of_an_erased_job_under_new_ids_store_nothing_however_many_arrive()
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

    // A request erases as much as it can within three seconds. On a busy machine one part may take longer, and the answer is 503.
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
