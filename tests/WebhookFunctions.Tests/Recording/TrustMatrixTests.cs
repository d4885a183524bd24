using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Recording;

/// <summary>Tests of which of two events of a job takes precedence, for every combination of their assurance.</summary>
public sealed class TrustMatrixTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private TrustBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await TrustBench.CreateAsync(azurite);

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    /// <summary>
    /// Gets the matrix. The first event reports success with A, an mp4 file; the second one, a minute later, reports success with B, an ogg file.
    /// Status: the event that the job's row comes from. Name: the event whose type the asset's name has. Blob: the event whose bytes the blob has.
    /// Apart: the additional blobs.
    /// </summary>
    public static TheoryData<Assurance, Assurance, string, string?, string?, string> Matrix => new()
    {
        { Assurance.Unconfirmed, Assurance.Unconfirmed, "second", null, null, "AB" },
        { Assurance.Unconfirmed, Assurance.Confirmed, "second", "video.ogg", "B", "A" },
        { Assurance.Unconfirmed, Assurance.Signed, "second", "video.ogg", "B", "A" },
        { Assurance.Confirmed, Assurance.Unconfirmed, "first", "video.mp4", "A", "B" },
        { Assurance.Confirmed, Assurance.Confirmed, "second", "video.mp4", "A", "" },
        { Assurance.Confirmed, Assurance.Signed, "second", "video.mp4", "A", "" },
        { Assurance.Signed, Assurance.Unconfirmed, "first", "video.mp4", "A", "B" },
        { Assurance.Signed, Assurance.Confirmed, "second", "video.mp4", "A", "" },
        { Assurance.Signed, Assurance.Signed, "second", "video.mp4", "A", "" },
    };

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Of_two_events_the_proven_one_has_status_name_and_blob_and_of_equals_the_first_the_blob(
        Assurance first, Assurance second, string status, string? name, string? blob, string apart)
    {
        await _bench.ProcessAsync(_bench.Event("first", first, JobStatus.Succeeded, _bench.Serve('A', "video/mp4")));
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        await _bench.ProcessAsync(_bench.Event("second", second, JobStatus.Succeeded, _bench.Serve('B', "audio/ogg")));

        var (job, stands) = (await _bench.JobRowAsync(), status == "first" ? first : second);
        Assert.Equal($"{_bench.Job}-{status}", job.GetString("WebhookId"));
        Assert.Equal(stands.ToString(), job.GetString("Assurance"));
        Assert.Equal((stands.IsProven() ? JobStatus.Succeeded : JobStatus.Unconfirmed).ToString(), job.GetString("Status"));
        Assert.Equal(name, await _bench.NameAsync());
        var blobs = await _bench.BlobsAsync();
        Assert.Equal(blob, name is null ? null : blobs[name]);
        var others = blobs.Where(found => found.Key != name).ToList();
        Assert.All(others, found => Assert.Matches(@"\Aunconfirmed-[0-9a-f]{16}/video\.(mp4|ogg)\z", found.Key));
        Assert.Equal(apart, string.Concat(others.Select(found => found.Value).Order(StringComparer.Ordinal)));
        foreach (var (id, assurance) in (IEnumerable<(string, Assurance)>)[("first", first), ("second", second)])
        {
            Assert.Equal((EventState.Completed, assurance), ((await _bench.RowAsync(id)).State, (await _bench.RowAsync(id)).Assurance));
            var asset = Assert.Single(await _bench.AssetsAsync(id));
            Assert.Equal((AssetState.Stored, assurance), (asset.State, asset.Assurance));
        }

        Assert.DoesNotContain(_bench.Source.Requests, request => request.Path == "/lie");
        Assert.Empty(_bench.DeadLetters);
    }

    [Theory]
    [InlineData(Assurance.Confirmed)]
    [InlineData(Assurance.Signed)]
    public async Task An_unproven_final_state_neither_ends_a_job_nor_prevents_its_end_even_with_a_later_time(Assurance proven)
    {
        var forged = _bench.Event("forged", Assurance.Unconfirmed, JobStatus.Failed, at: new DateTimeOffset(8999, 12, 31, 0, 0, 0, TimeSpan.Zero));
        await _bench.ProcessAsync(forged);
        Assert.Equal(
            (nameof(JobStatus.Unconfirmed), nameof(JobStatus.Failed)),
            ((await _bench.JobRowAsync()).GetString("Status"), (await _bench.JobRowAsync()).GetString("ProviderStatus")));
        Assert.InRange((await _bench.JobRowAsync()).GetDateTimeOffset("OccurredAt")!.Value, forged.ReceivedAt, forged.ReceivedAt.AddMinutes(5));

        await _bench.ProcessAsync(_bench.Event("running", proven, JobStatus.Running));
        Assert.Equal(nameof(JobStatus.Running), (await _bench.JobRowAsync()).GetString("Status"));
        await _bench.ProcessAsync(_bench.Event("again", Assurance.Unconfirmed, JobStatus.Failed, at: new DateTimeOffset(8999, 12, 31, 0, 0, 0, TimeSpan.Zero)));
        Assert.Equal(nameof(JobStatus.Running), (await _bench.JobRowAsync()).GetString("Status"));
        await _bench.ProcessAsync(_bench.Event("ended", proven, JobStatus.Succeeded));
        await _bench.ProcessAsync(_bench.Event("late", proven, JobStatus.Running));

        Assert.Equal(nameof(JobStatus.Succeeded), (await _bench.JobRowAsync()).GetString("Status"));
    }

    [Fact]
    public async Task An_event_that_could_not_be_confirmed_is_confirmed_by_a_refetch_and_its_earlier_files_stay()
    {
        // The event names two files, and the API one.
        _bench.Provider.HasKey = false;
        var link = _bench.Serve('A', "video/mp4");
        _bench.Source.Serve("/lie", [.. "\0\0\0\u0018ftypisom"u8, .. new byte[50], (byte)'L']);
        await _bench.ProcessAsync(_bench.Event("e", Assurance.Confirmed, JobStatus.Succeeded, link));
        var before = await _bench.RowAsync("e");
        Assert.Equal((Assurance.Unconfirmed, EventState.Completed), (before.Assurance, before.State));
        Assert.Equal(["L"], (await _bench.BlobsAsync()).Values);

        _bench.Provider.HasKey = true;
        await _bench.RefetchAsync("e");

        var row = await _bench.RowAsync("e");
        Assert.Equal((Assurance.Confirmed, EventState.Completed, 1, 1), (row.Assurance, row.State, row.AssetsTotal, row.AssetsStored));
        var asset = Assert.Single(await _bench.AssetsAsync("e"));
        Assert.Equal((Assurance.Confirmed, AssetState.Stored, link), (asset.Assurance, asset.State, asset.SourceUrl));
        Assert.Equal(["A", "L"], (await _bench.BlobsAsync()).Values.Order(StringComparer.Ordinal));
        Assert.Equal("A", (await _bench.BlobsAsync())[(await _bench.NameAsync())!]);
        Assert.Equal(
            (nameof(JobStatus.Succeeded), nameof(Assurance.Confirmed)),
            ((await _bench.JobRowAsync()).GetString("Status"), (await _bench.JobRowAsync()).GetString("Assurance")));

        // Another refetch changes nothing.
        await _bench.RefetchAsync("e");
        Assert.Equal((EventState.Completed, 1), ((await _bench.RowAsync("e")).State, (await _bench.AssetsAsync("e")).Count));
        Assert.Equal(2, (await _bench.BlobsAsync()).Count);
    }

    [Fact]
    public async Task An_event_that_is_recorded_again_with_a_key_leads_to_proven_files()
    {
        _bench.Provider.HasKey = false;
        _bench.SetDownloadsUnavailable(true);
        var link = _bench.Serve('A', "video/mp4");
        var message = _bench.Event("e", Assurance.Confirmed, JobStatus.Succeeded, link);
        await _bench.ProcessAsync(message);
        Assert.Equal((EventState.Received, Assurance.Unconfirmed), ((await _bench.RowAsync("e")).State, (await _bench.RowAsync("e")).Assurance));

        // The app restarts with a key, and the message is redelivered.
        _bench.Provider.HasKey = true;
        _bench.SetDownloadsUnavailable(false);
        await _bench.ProcessAsync(message);

        var row = await _bench.RowAsync("e");
        Assert.Equal((Assurance.Confirmed, EventState.Completed, 1, 1), (row.Assurance, row.State, row.AssetsTotal, row.AssetsStored));
        var asset = Assert.Single(await _bench.AssetsAsync("e"));
        Assert.Equal((Assurance.Confirmed, AssetState.Stored, link), (asset.Assurance, asset.State, asset.SourceUrl));
        Assert.Equal("A", Assert.Single(await _bench.BlobsAsync()).Value);
        Assert.DoesNotContain(
            await _bench.Get<EventIndex>()
                .UnfinishedAsync(DateTimeOffset.MinValue, _bench.Clock.GetUtcNow().AddMinutes(5), TestContext.Current.CancellationToken)
                .ToListAsync(TestContext.Current.CancellationToken),
            entry => entry.Event == row.PartitionKey);
        Assert.DoesNotContain(_bench.Source.Requests, request => request.Path == "/lie");
    }

    [Fact]
    public async Task An_event_that_the_API_denied_is_confirmed_by_a_refetch()
    {
        var message = _bench.Event("e", Assurance.Confirmed, JobStatus.Succeeded, _bench.Serve('A', "video/mp4"));
        _bench.Provider.Api.TryRemove(_bench.Job, out var known);
        await _bench.ProcessAsync(message);
        Assert.Equal((EventState.Failed, "NotConfirmed"), ((await _bench.RowAsync("e")).State, (await _bench.RowAsync("e")).Entity.GetString("ErrorCode")));
        Assert.Empty(_bench.DeadLetters);

        _bench.Provider.Api[_bench.Job] = known!;
        await _bench.RefetchAsync("e");

        Assert.Equal((EventState.Completed, Assurance.Confirmed), ((await _bench.RowAsync("e")).State, (await _bench.RowAsync("e")).Assurance));
        Assert.Equal("A", (await _bench.BlobsAsync())["video.mp4"]);
    }

    [Fact]
    public async Task A_failed_download_of_an_unproven_asset_is_not_dead_lettered()
    {
        _bench.Source.On("/missing", exchange => exchange.AnswerAsync("400 Bad Request"));
        await _bench.ProcessAsync(_bench.Event("e", Assurance.Unconfirmed, JobStatus.Succeeded, _bench.Source.Url("/missing")));

        Assert.Equal(EventState.CompletedWithFailures, (await _bench.RowAsync("e")).State);
        Assert.Equal((AssetState.Failed, "Refused"), ((await _bench.AssetsAsync("e"))[0].State, (await _bench.AssetsAsync("e"))[0].ErrorCode));
        Assert.Empty(_bench.DeadLetters);

        await _bench.ProcessAsync(_bench.Event("s", Assurance.Signed, JobStatus.Succeeded, _bench.Source.Url("/missing")));
        Assert.Equal("Refused", Assert.Single(_bench.DeadLetters).Reason);
    }

    [Fact]
    public async Task An_asset_row_of_a_newer_version_is_not_changed()
    {
        await _bench.ProcessAsync(_bench.Event("e", Assurance.Signed, JobStatus.Succeeded, _bench.Serve('A', "video/mp4")));
        var asset = Assert.Single(await _bench.AssetsAsync("e"));
        asset.AssuranceName = "Notarised";
        Assert.Equal(WriteResult.Written, await _bench.Get<EventStore>().UpdateAsync(asset, TestContext.Current.CancellationToken));

        await _bench.RedeliverAsync("e", asset, _bench.Source.Url("/A"));

        Assert.Equal("Notarised", Assert.Single(await _bench.AssetsAsync("e")).AssuranceName);
        Assert.Empty(_bench.DeadLetters);
        Assert.Equal(1, _bench.Scheduled);
    }
}
