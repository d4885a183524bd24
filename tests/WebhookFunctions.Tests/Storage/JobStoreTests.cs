using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Storage;

public sealed class JobStoreTests(AzuriteFixture azurite)
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly int[] Seconds = [0, 1, 2, 3, 4, 5];

    private readonly string _job = $"job/{Guid.NewGuid():n}";

    public static TheoryData<JobStatus[]> Arrivals => new(Permutations([JobStatus.Queued, JobStatus.Running, JobStatus.NeedsAction, JobStatus.Succeeded]));

    [Theory]
    [MemberData(nameof(Arrivals))]
    public async Task A_jobs_status_never_goes_back_in_any_order_of_its_webhooks(JobStatus[] arrivals)
    {
        var jobs = await NewAsync();

        for (var i = 0; i < arrivals.Length; i++)
        {
            await ApplyAsync(jobs, arrivals[i], Noon.AddSeconds(i));
            Assert.Equal(arrivals[..(i + 1)].Max().ToString(), await StatusAsync(jobs));
        }
    }

    [Fact]
    public async Task In_any_order_of_arrival_the_furthest_status_stays_and_of_final_ones_the_latest()
    {
        var jobs = await NewAsync();
        var number = 0;
        // The times differ, and their order is independent of the order of arrival.
        var arrivals = Gen.Select(Gen.Enum<JobStatus>().Array[1, 6], Gen.Shuffle(Seconds));

        await arrivals.SampleAsync(
            async (statuses, seconds) =>
            {
                var job = $"{_job}/{Interlocked.Increment(ref number)}";
                var generation = statuses.Select((status, i) => (Status: status, At: Noon.AddSeconds(seconds[i]))).ToList();

                foreach (var (status, at) in generation)
                {
                    await ApplyAsync(jobs, status, at, job);
                }

                var final = generation.Where(each => each.Status.IsFinal()).OrderBy(each => each.At).Select(each => (JobStatus?)each.Status).LastOrDefault();
                Assert.Equal((final ?? statuses.Max()).ToString(), await StatusAsync(jobs, job));
            },
            iter: 100,
            threads: 4);
    }

    [Theory]
    [InlineData(JobStatus.Failed, 0, JobStatus.Succeeded, 60, JobStatus.Succeeded)]
    [InlineData(JobStatus.Succeeded, 60, JobStatus.Failed, 0, JobStatus.Succeeded)]
    [InlineData(JobStatus.Succeeded, 0, JobStatus.Cancelled, 60, JobStatus.Cancelled)]
    public async Task Of_two_final_statuses_the_later_one_by_the_providers_time_stays(
        JobStatus first, int firstAt, JobStatus second, int secondAt, JobStatus wins)
    {
        var jobs = await NewAsync();

        await ApplyAsync(jobs, first, Noon.AddSeconds(firstAt));
        await ApplyAsync(jobs, second, Noon.AddSeconds(secondAt));

        Assert.Equal(wins.ToString(), await StatusAsync(jobs));
    }

    [Theory]
    [InlineData(JobStatus.Unconfirmed, JobStatus.Failed, JobStatus.Failed)]
    [InlineData(JobStatus.Failed, JobStatus.Unconfirmed, JobStatus.Failed)]
    public async Task A_confirmed_final_state_replaces_an_unconfirmed_one_and_never_the_reverse(JobStatus first, JobStatus second, JobStatus wins)
    {
        var jobs = await NewAsync();

        await ApplyAsync(jobs, first, Noon);
        await ApplyAsync(jobs, second, Noon.AddSeconds(60));

        Assert.Equal(wins.ToString(), await StatusAsync(jobs));
    }

    public static TheoryData<Assurance, Assurance, bool> Precedence => new()
    {
        // Two final statuses, of which the first has the later time, and whether the second one replaces it.
        { Assurance.Unconfirmed, Assurance.Unconfirmed, false },
        { Assurance.Unconfirmed, Assurance.Confirmed, true },
        { Assurance.Unconfirmed, Assurance.Signed, true },
        { Assurance.Confirmed, Assurance.Unconfirmed, false },
        { Assurance.Confirmed, Assurance.Confirmed, false },
        { Assurance.Confirmed, Assurance.Signed, false },
        { Assurance.Signed, Assurance.Unconfirmed, false },
        { Assurance.Signed, Assurance.Confirmed, false },
        { Assurance.Signed, Assurance.Signed, false },
    };

    [Theory]
    [MemberData(nameof(Precedence))]
    public async Task A_proven_status_replaces_an_unconfirmed_one_whatever_their_order_and_times(Assurance first, Assurance second, bool isReplaced)
    {
        var jobs = await NewAsync();

        await ApplyAsync(jobs, Final(first, Noon.AddMinutes(9)));
        await ApplyAsync(jobs, Final(second, Noon));

        var row = (await jobs.FindAsync("sync", _job, Cancel))!;
        Assert.Equal((isReplaced ? second : first).ToString(), row.GetString("Assurance"));
        Assert.Equal(isReplaced ? null : "the first's", row.GetString("ErrorMessage"));
        Assert.Equal(!isReplaced, row.ContainsKey("FirstsOwn"));
        Assert.Equal(isReplaced ? null : "the first's", row.GetString("Model"));

        GenerationEvent Final(Assurance assurance, DateTimeOffset at) => new()
        {
            EventType = "generation",
            JobId = _job,
            Assurance = assurance,
            Status = assurance.IsProven() ? JobStatus.Succeeded : JobStatus.Unconfirmed,
            OccurredAt = at,
            ErrorMessage = at > Noon ? "the first's" : null,
            Model = at > Noon ? "the first's" : null,
            JobColumns = at > Noon ? new Dictionary<string, object> { ["FirstsOwn"] = 1 } : new Dictionary<string, object>(),
        };
    }

    [Theory]
    [InlineData(JobStatus.Unconfirmed, JobStatus.Running)]
    [InlineData(JobStatus.NeedsAction, JobStatus.Unknown)]
    public async Task A_proven_status_replaces_an_unconfirmed_one_that_is_further(JobStatus unconfirmed, JobStatus proven)
    {
        foreach (var provenFirst in (bool[])[true, false])
        {
            var jobs = await NewAsync();
            var job = $"{_job}/{provenFirst}";
            var generations = new List<GenerationEvent>
            {
                new() { EventType = "generation", JobId = job, Status = unconfirmed },
                new() { EventType = "generation", JobId = job, Status = proven, Assurance = Assurance.Signed },
            };
            if (provenFirst)
            {
                generations.Reverse();
            }

            foreach (var each in generations)
            {
                await ApplyAsync(jobs, each);
            }

            Assert.Equal(proven.ToString(), await StatusAsync(jobs, job));
        }
    }

    [Theory]
    [InlineData("Status")]
    [InlineData("Assurance")]
    public async Task A_row_of_a_newer_version_is_not_changed(string column)
    {
        var jobs = await NewAsync();
        await ApplyAsync(jobs, JobStatus.Running, Noon);
        var row = (await jobs.FindAsync("sync", _job, Cancel))!;
        row[column] = "Refunded";
        await (await azurite.StorageAsync()).Jobs.UpdateEntityAsync(row, row.ETag, Azure.Data.Tables.TableUpdateMode.Replace, Cancel);

        await Assert.ThrowsAsync<UnknownValueException>(() => ApplyAsync(jobs, JobStatus.Succeeded, Noon.AddHours(1)));

        Assert.Equal("Refunded", (await jobs.FindAsync("sync", _job, Cancel))!.GetString(column));
    }

    [Fact]
    public async Task Of_two_statuses_with_the_same_time_the_one_that_arrived_last_stays()
    {
        var jobs = await NewAsync();

        await ApplyAsync(jobs, JobStatus.Succeeded, Noon);
        await ApplyAsync(jobs, JobStatus.Failed, Noon);

        Assert.Equal(nameof(JobStatus.Failed), await StatusAsync(jobs));
    }

    [Fact]
    public async Task A_model_stays_until_another_is_named_and_a_providers_own_columns_are_written()
    {
        var jobs = await NewAsync();

        Assert.Equal("lipsync-1", await ModelAfterAsync("lipsync-1", JobStatus.Queued));
        Assert.Equal("lipsync-1", await ModelAfterAsync(null, JobStatus.Running));
        Assert.Equal("lipsync-2", await ModelAfterAsync("lipsync-2", JobStatus.Succeeded));
        Assert.Equal(3, (await jobs.FindAsync("sync", _job, Cancel))!.GetInt32("Number"));

        async Task<string?> ModelAfterAsync(string? model, JobStatus status)
        {
            var columns = new Dictionary<string, object> { ["Number"] = (int)(status == JobStatus.Succeeded ? 3 : 1) };
            await ApplyAsync(jobs, new GenerationEvent { EventType = "generation", JobId = _job, Status = status, OccurredAt = Noon, Model = model, JobColumns = columns });
            return (await jobs.FindAsync("sync", _job, Cancel))!.GetString("Model");
        }
    }

    [Fact]
    public async Task After_concurrent_events_a_job_has_the_furthest_status()
    {
        var jobs = await NewAsync();
        var statuses = Enumerable.Range(0, 24).Select(i => (JobStatus)(i % ((int)JobStatus.Succeeded + 1)));

        await Task.WhenAll(statuses.Select(status => ApplyAsync(jobs, status, Noon)));

        Assert.Equal(nameof(JobStatus.Succeeded), await StatusAsync(jobs));
    }

    private Task ApplyAsync(JobStore jobs, JobStatus status, DateTimeOffset occurredAt, string? job = null) =>
        ApplyAsync(jobs, new GenerationEvent { EventType = "generation", JobId = job ?? _job, Status = status, OccurredAt = occurredAt });

    private static async Task ApplyAsync(JobStore jobs, GenerationEvent generation)
    {
        var received = new ReceivedEvent(EventKey.Create("sync", $"job:{generation.Status}"), SignatureCoverage.RawBody, Noon.AddMinutes(5), JsonDocument.Parse("{}").RootElement);
        await jobs.ApplyAsync(received, generation, Cancel);
    }

    private async Task<string> StatusAsync(JobStore jobs, string? job = null) => (await jobs.FindAsync("sync", job ?? _job, Cancel))!.GetString("Status");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static IEnumerable<JobStatus[]> Permutations(JobStatus[] items) => items.Length <= 1
        ? [items]
        : items.SelectMany(first => Permutations([.. items.Where(item => item != first)]).Select(rest => (JobStatus[])[first, .. rest]));

    private async Task<JobStore> NewAsync() => new(await azurite.StorageAsync(), TimeProvider.System, NullLogger<JobStore>.Instance);
}
