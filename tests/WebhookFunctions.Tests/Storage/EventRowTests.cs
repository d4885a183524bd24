using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Tests.Storage;

public sealed class EventRowTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Start + TimeSpan.FromMinutes(1);

    private static readonly AssetSource Video = new() { Name = "video", Url = "https://cdn.example/v.mp4" };

    [Theory]
    [InlineData(0, 0, 0, EventState.Recorded)]
    [InlineData(3, 0, 0, EventState.Downloading)]
    [InlineData(3, 1, 1, EventState.Downloading)]
    [InlineData(3, 3, 0, EventState.Completed)]
    [InlineData(3, 2, 1, EventState.CompletedWithFailures)]
    [InlineData(3, 0, 3, EventState.CompletedWithFailures)]
    // More than the total: an asset that was counted twice must not keep the event unfinished for ever.
    [InlineData(3, 4, 0, EventState.Completed)]
    public void The_counts_determine_the_state_of_an_event(int total, int stored, int failed, EventState state)
    {
        var row = Read(Row());
        (row.AssetsTotal, row.AssetsStored, row.AssetsFailed) = (total, stored, failed);

        row.WithStateFromCounts(Later);

        Assert.Equal((state, Later), (row.State, row.UpdatedAt));
        Assert.Equal(state == EventState.Downloading ? null : Later, CompletedAt(row));
        Assert.Equal((state != EventState.Downloading, state == EventState.CompletedWithFailures, 0), (row.IsFinal, row.HasFailed, row.Reopenings));
    }

    [Fact]
    public void An_external_asset_is_not_counted_and_one_with_a_fetch_error_counts_as_failed()
    {
        var row = Row(Video, Video with { Name = "kept", ExternalReason = "gs://" }, Video with { Name = "broken", FetchError = "No link." });

        Assert.Equal((EventState.Received, 2, 0, 1), (row.State, row.AssetsTotal, row.AssetsStored, row.AssetsFailed));
        Assert.Equal((null, 0, true, false, "job"), (row.PersistedState, row.Reopenings, row.IsInterpreted, row.IsRecovered, row.JobId));
    }

    [Fact]
    public void An_event_without_a_job_is_its_own_job_and_a_recovered_one_is_marked()
    {
        var row = EventRow.Create(
            new ReceivedEvent(EventKey.Create("sync", "id"), SignatureCoverage.RawBody, Start, JsonElement.Parse("{}"), IsRecovered: true),
            new GenerationEvent { EventType = RecoveredEvent.EventType },
            "raw",
            Start);

        Assert.Equal(("id", true), (row.JobId, Read(row).IsRecovered));
    }

    [Fact]
    public void A_wait_is_shown_until_the_work_is_dispatched()
    {
        var row = Read(Row(Video)).WithPendingRetry("The API is unavailable.", Later, Start);
        Assert.Equal((EventState.Received, Later, "The API is unavailable."), (row.State, row.NextAttemptAt, row.Entity.GetString("LastError")));

        row.WithStateFromCounts(Later);

        Assert.Equal((EventState.Downloading, null, false), (row.State, row.NextAttemptAt, row.Entity.ContainsKey("LastError")));
    }

    [Fact]
    public void An_event_that_fails_permanently_shows_the_reason_and_no_pending_retry()
    {
        var row = Read(Row(Video)).WithPendingRetry("The API is unavailable.", Later, Start).MarkFailed("RetriesExhausted", "Tried for 24 hours.", Later);

        Assert.Equal((EventState.Failed, null, Later), (row.State, row.NextAttemptAt, CompletedAt(row)));
        Assert.Equal(("RetriesExhausted", "Tried for 24 hours."), (row.Entity.GetString("ErrorCode"), row.Entity.GetString("ErrorMessage")));
        Assert.True(row.HasFailed);
    }

    [Fact]
    public void An_event_counts_its_reopenings_and_has_no_end_time_until_it_ends_again()
    {
        var row = Read(Row(Video));
        (row.AssetsFailed, row.AssetsStored) = (1, 0);
        row = Read(row.WithStateFromCounts(Start));
        Assert.Equal((EventState.CompletedWithFailures, 0), (row.State, row.Reopenings));

        row.AssetsFailed = 0;
        row = Read(row.WithStateFromCounts(Later));
        Assert.Equal((EventState.Downloading, 1, null), (row.State, row.Reopenings, CompletedAt(row)));

        row.AssetsStored = 1;
        row = Read(row.WithStateFromCounts(Later + TimeSpan.FromMinutes(1)));
        Assert.Equal((EventState.Completed, 1, Later + TimeSpan.FromMinutes(1)), (row.State, row.Reopenings, CompletedAt(row)));
    }

    [Fact]
    public void An_event_that_is_written_again_after_its_end_keeps_its_first_end_time()
    {
        var row = Read(Row()).WithStateFromCounts(Start);

        Assert.Equal(Start, CompletedAt(Read(row).WithStateFromCounts(Later)));
    }

    [Theory]
    [InlineData(EventState.Failed, 3)]
    [InlineData(EventState.Received, 2)]
    public void A_row_that_replaces_another_keeps_its_count_of_reopenings(EventState state, int reopenings)
    {
        var found = Read(Row());
        found.State = state;
        found.Entity["Reopenings"] = 2;
        found.Entity.ETag = new ETag("\"found\"");

        var fresh = Row(Video).Replacing(Read(found));

        Assert.Equal((EventState.Received, state, reopenings, found.ETag), (fresh.State, fresh.PersistedState, fresh.Reopenings, fresh.ETag));
    }

    [Fact]
    public void A_written_row_knows_the_persisted_state()
    {
        var row = Row(Video);

        row.MarkPersisted(new ETag("\"new\""));

        Assert.Equal((EventState.Received, "\"new\""), (row.PersistedState, row.ETag.ToString()));
    }

    [Fact]
    public void The_row_of_an_uninterpreted_event_contains_only_data_of_its_message()
    {
        var row = EventRow.CreateUninterpreted(
            new ReceivedEvent(EventKey.Create("gemini", "id"), SignatureCoverage.SenderOnly, Start, default) { IsSharedKey = true, BodySha256 = "digest" }, "blob", Later);

        Assert.Equal((false, EventState.Received, "id", SignatureCoverage.SenderOnly, "blob"), (row.IsInterpreted, row.State, row.JobId, row.Coverage, row.RawBlob));
        Assert.Equal((true, false, Assurance.Unconfirmed, "digest"), (row.IsSharedKey, row.HasToken, row.Assurance, row.BodySha256));
        Assert.Equal((0, 0, 0, Start, Later), (row.AssetsTotal, row.AssetsStored, row.AssetsFailed, row.ReceivedAt, row.UpdatedAt));
    }

    [Theory]
    [InlineData(EventState.Received, false, false)]
    [InlineData(EventState.Downloading, false, false)]
    [InlineData(EventState.Completed, true, false)]
    [InlineData(EventState.Recorded, true, false)]
    [InlineData(EventState.CompletedWithFailures, true, true)]
    [InlineData(EventState.Failed, true, true)]
    public void A_state_says_whether_it_is_final_and_whether_it_has_failed(EventState state, bool hasEnded, bool hasFailed) =>
        Assert.Equal((hasEnded, hasFailed), (state.IsFinal(), state.HasFailed()));

    [Theory]
    [InlineData(JobStatus.Unknown, false)]
    [InlineData(JobStatus.Queued, false)]
    [InlineData(JobStatus.Running, false)]
    [InlineData(JobStatus.NeedsAction, false)]
    [InlineData(JobStatus.Unconfirmed, false)]
    [InlineData(JobStatus.Succeeded, true)]
    [InlineData(JobStatus.Failed, true)]
    [InlineData(JobStatus.Cancelled, true)]
    [InlineData(JobStatus.Expired, true)]
    public void A_job_is_final_when_its_provider_will_not_change_it(JobStatus status, bool isFinal) => Assert.Equal(isFinal, status.IsFinal());

    private static EventRow Row(params AssetSource[] assets) => EventRow.Create(
        new ReceivedEvent(EventKey.Create("gemini", "id"), SignatureCoverage.RawBody, Start, JsonElement.Parse("{}")),
        new GenerationEvent { EventType = "video.generated", JobId = "job", Assets = assets },
        "raw",
        Start);

    /// <summary>Returns the row in the form in which it is read from the table.</summary>
    private static EventRow Read(EventRow row) => new(new TableEntity(row.Entity.ToDictionary(column => column.Key, column => column.Value)) { ETag = row.ETag });

    private static DateTimeOffset? CompletedAt(EventRow row) => row.Entity.GetDateTimeOffset("CompletedAt");
}
