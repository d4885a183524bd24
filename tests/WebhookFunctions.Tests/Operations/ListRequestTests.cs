using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Model;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Queries;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;
using WebhookFunctions.Providers.Sync;
using WebhookFunctions.Settings;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

/// <summary>
/// Tests of the number of storage requests for a page of 50. It is one for each row, and at most 8 for the list, regardless of the number of days.
/// These 8 are one for each of 4 shards, and one more for each shard without further entries on the first day of the page. The lists of unfinished and
/// failed events are not divided by day, and need 4.
/// </summary>
public sealed class ListRequestTests(AzuriteFixture azurite)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    private readonly RequestCounter _requests = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_of_jobs_reads_the_list_once_and_each_job_once()
    {
        var storage = await FillAsync(120);
        var jobs = Queries(storage);

        var first = await jobs.ListAsync(Query<JobListQuery>(JobListQuery.TryRead, ""), Cancel);
        Assert.Equal(50, Count(first, "jobs"));
        Assert.InRange(_requests.Total, 54, 58);

        _requests.Reset();
        var second = await jobs.ListAsync(Query<JobListQuery>(JobListQuery.TryRead, $"?cursor={Cursor(first)}"), Cancel);
        Assert.Equal(50, Count(second, "jobs"));
        Assert.InRange(_requests.Total, 54, 58);

        _requests.Reset();
        var third = await jobs.ListAsync(Query<JobListQuery>(JobListQuery.TryRead, $"?cursor={Cursor(second)}"), Cancel);
        Assert.Equal((20, null), (Count(third, "jobs"), Cursor(third)));
        Assert.InRange(_requests.Total, 24, 28);
    }

    [Fact]
    public async Task A_page_of_events_reads_the_list_once_and_each_event_once()
    {
        var storage = await FillAsync(120);
        var events = new EventQueries(
            Catalog(), storage.OpenEvents(), storage.OpenNotifications(), storage.OpenRawEvents(), storage.OpenIndex(), new FakeTimeProvider(Now));

        var page = await events.ListAsync(Query<EventListQuery>(EventListQuery.TryRead, ""), Cancel);

        Assert.Equal(50, Count(page, "events"));
        Assert.InRange(_requests.Total, 54, 58);
    }

    [Fact]
    public async Task A_page_of_unfinished_events_reads_each_shard_once_and_each_event_once_and_so_does_the_next()
    {
        var storage = await FillAsync(120);
        var events = new EventQueries(
            Catalog(), storage.OpenEvents(), storage.OpenNotifications(), storage.OpenRawEvents(), storage.OpenIndex(), new FakeTimeProvider(Now));

        var first = await events.ListAsync(Query<EventListQuery>(EventListQuery.TryRead, "?state=unfinished"), Cancel);
        Assert.Equal((50, 54), (Count(first, "events"), _requests.Total));

        _requests.Reset();
        var second = await events.ListAsync(Query<EventListQuery>(EventListQuery.TryRead, $"?state=unfinished&cursor={Cursor(first)}"), Cancel);
        Assert.Equal((50, 54), (Count(second, "events"), _requests.Total));
    }

    [Fact]
    public async Task A_job_costs_three_requests_and_one_for_each_further_event()
    {
        var storage = await FillAsync(1);

        var found = await Queries(storage).FindAsync("sync", "job-0", new JobLinkOptions(TimeSpan.FromMinutes(1), false), Cancel);

        Assert.Equal((1, 1, 3), (Count(found, "assets"), Count(found, "events"), _requests.Total));
    }

    // Adds an event every eleven minutes, over several days.
    private async Task<StorageClients> FillAsync(int count)
    {
        var storage = await AzuriteStorage.StorageAsync(await azurite.NewAccountAsync(), _requests);
        var (events, jobs, jobEvents) = (storage.OpenEvents(), Jobs(storage), new JobEvents(storage));
        using var body = JsonDocument.Parse("{}");
        await Parallel.ForAsync(0, count, Cancel, async (i, token) =>
        {
            var received = new ReceivedEvent(EventKey.Create("sync", $"id-{i}"), SignatureCoverage.RawBody, Now.AddMinutes(-11 * i), body.RootElement);
            var generation = new GenerationEvent
            {
                EventType = "COMPLETED",
                JobId = $"job-{i}",
                Status = JobStatus.Succeeded,
                Assurance = Assurance.Signed,
                Assets = [new AssetSource { Name = "output", Url = "https://example.com/" }],
            };
            var origin = AssetOrigin.From(received, generation);
            await jobEvents.AddAsync(generation.JobId, received.Key, new JobEvent(received.Key.PartitionKey, received.ReceivedAt, "raw"), token);
            await events.InsertAsync(
                EventRow.Create(received, generation, "raw", Now),
                [AssetRow.Create(received.Key.PartitionKey, 0, generation.Assets[0], origin.Assurance, Now)],
                token);
            await jobs.ApplyAsync(received, generation, token);
        });
        _requests.Reset();
        return storage;
    }

    private static JobQueries Queries(StorageClients storage) => new(
        Catalog(),
        storage.OpenEvents(),
        storage.OpenIndex(),
        Jobs(storage),
        new JobEvents(storage),
        new AssetLinks(storage, new FakeTimeProvider(Now)),
        new FakeTimeProvider(Now));

    private static JobStore Jobs(StorageClients storage) => new(storage, TimeProvider.System, NullLogger<JobStore>.Instance);

    private static ProviderCatalog Catalog() =>
        new([new SyncOff()], new ConfigurationBuilder().Build(), Options.Create(new OutboundOptions()));

    private sealed class SyncOff : IProviderFactory
    {
        public string Name => SyncProvider.ProviderName;

        public WebhookProvider? Create(ProviderSettings settings) => null;
    }

    private delegate T? Reader<T>(IQueryCollection query, out string error);

    private static T Query<T>(Reader<T> read, string query)
        where T : class
    {
        var context = new DefaultHttpContext { Request = { QueryString = new QueryString(query) } };
        return read(context.Request.Query, out _)!;
    }

    private static int Count(OperatorAnswer answer, string list) => Json(answer).GetProperty(list).GetArrayLength();

    private static string? Cursor(OperatorAnswer answer) => Json(answer).GetProperty("cursor").GetString();

    private static JsonElement Json(OperatorAnswer answer) => JsonElement.Parse(answer.Body.Span);
}
