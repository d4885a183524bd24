using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Identity;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Storage;

public sealed class EventIndexTests(AzuriteFixture azurite) : IAsyncLifetime
{
    // All tests share the lists, so each of these uses a separate range of times.
    private readonly DateTimeOffset _start =
        new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero) + TimeSpan.FromHours(Random.Shared.Next(1_000_000));

    private StorageClients _storage = null!;
    private EventStore _events = null!;
    private EventIndex _index = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _storage = await azurite.StorageAsync();
        _index = _storage.OpenIndex();
        _events = _storage.OpenEvents();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(EventState.Received, true, false)]
    [InlineData(EventState.Downloading, true, false)]
    [InlineData(EventState.Completed, false, false)]
    [InlineData(EventState.Recorded, false, false)]
    [InlineData(EventState.CompletedWithFailures, false, true)]
    [InlineData(EventState.Failed, false, true)]
    public async Task An_event_is_in_the_lists_of_its_state(EventState state, bool isUnfinished, bool isFailed)
    {
        var row = Row(0);
        await _events.InsertAsync(row, [], Cancel);
        row = (await _events.FindAsync(row.PartitionKey, Cancel))!;
        row.State = state;
        await _events.UpdateAsync(row, Cancel);

        Assert.Equal((true, isUnfinished, isFailed), await ListedAsync(row));
    }

    [Fact]
    public async Task An_event_that_failed_before_it_had_a_row_is_in_the_list_of_the_failed()
    {
        var row = Row(0).MarkFailed("MaxDeliveryCountExceeded", "", _start);

        await _events.InsertAsync(row, [], Cancel);

        Assert.Equal((true, false, true), await ListedAsync(row));
    }

    [Fact]
    public async Task A_reopened_event_returns_to_the_unfinished_ones_and_ends_again()
    {
        var row = Row(0);
        await _events.InsertAsync(row.MarkFailed("Reason", "", _start), [], Cancel);

        var opened = Row(0).Replacing((await _events.FindAsync(row.PartitionKey, Cancel))!);
        Assert.Equal(WriteResult.Written, await _events.UpdateAsync(opened, Cancel));
        Assert.Equal((true, true, false), await ListedAsync(row));

        opened.AssetsTotal = 0;
        Assert.Equal(WriteResult.Written, await _events.UpdateAsync(opened.WithStateFromCounts(_start), Cancel));
        Assert.Equal((true, false, false), await ListedAsync(row));
        Assert.Equal((EventState.Recorded, 1), (opened.State, (await _events.FindAsync(row.PartitionKey, Cancel))!.Reopenings));
    }

    [Fact]
    public async Task A_late_removal_of_an_earlier_entry_does_not_remove_the_entry_of_the_reopening()
    {
        var row = Row(0);
        await _events.InsertAsync(row, [], Cancel);
        var slow = (await _events.FindAsync(row.PartitionKey, Cancel))!.MarkFailed("Reason", "", _start);
        await _index.AddEntriesAsync(slow, Cancel);
        await _storage.Events.UpdateEntityAsync(slow.Entity, slow.ETag, TableUpdateMode.Replace, Cancel);

        var opened = Row(0).Replacing((await _events.FindAsync(row.PartitionKey, Cancel))!);
        Assert.Equal(WriteResult.Written, await _events.UpdateAsync(opened, Cancel));
        await _index.RemoveEntriesAsync(slow);

        Assert.True((await ListedAsync(row)).IsUnfinished);
    }

    [Fact]
    public async Task A_write_that_fails_leads_to_a_stale_entry_and_never_to_a_missing_one()
    {
        var row = Row(0);
        await _events.InsertAsync(row, [], Cancel);
        var late = (await _events.FindAsync(row.PartitionKey, Cancel))!;
        await _events.UpdateAsync((await _events.FindAsync(row.PartitionKey, Cancel))!.WithStateFromCounts(_start), Cancel);

        Assert.Equal(WriteResult.Changed, await _events.UpdateAsync(late.MarkFailed("Reason", "", _start), Cancel));
        Assert.Equal(WriteResult.AlreadyExists, await _events.InsertAsync(Row(0), [], Cancel));

        Assert.Equal((true, true, true), await ListedAsync(row));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_row_counts_as_written_even_if_its_old_entry_could_not_be_removed(bool isAuthentication)
    {
        var failing = await azurite.StorageAsync(new FailingRemoval(isAuthentication
            ? new AuthenticationFailedException("No token.")
            : new AggregateException("After several retries.", new RequestFailedException(503, "Busy."))));
        var row = Row(0);
        await _events.InsertAsync(row, [], Cancel);
        row = (await _events.FindAsync(row.PartitionKey, Cancel))!;

        row.AssetsTotal = 0;
        Assert.Equal(WriteResult.Written, await failing.OpenEvents().UpdateAsync(row.WithStateFromCounts(_start), Cancel));

        Assert.True((await _events.FindAsync(row.PartitionKey, Cancel))!.IsFinal);
        Assert.True((await ListedAsync(row)).IsUnfinished);
    }

    [Fact]
    public async Task A_list_has_the_newest_first_and_no_more_than_requested()
    {
        foreach (var minute in (int[])[1, 0, 3, 2])
        {
            await _events.InsertAsync(Row(minute), [], Cancel);
        }

        var listed = await _index.UnfinishedAsync(_start.AddMinutes(1), _start.AddMinutes(3), Cancel).ToListAsync(Cancel);

        Assert.Equal([_start.AddMinutes(2), _start.AddMinutes(1)], listed.Select(entry => entry.ReceivedAt));
    }

    [Fact]
    public async Task The_recent_events_are_listed_across_days()
    {
        var rows = new[] { 0, 24 * 60, 29 * 24 * 60 }.Select(minute => Row(minute)).ToList();
        foreach (var row in rows)
        {
            await _events.InsertAsync(row, [], Cancel);
        }

        var listed = await _index.RecentAsync(DateTimeOffset.MinValue, _start.AddDays(29).AddMinutes(1), Cancel).ToListAsync(Cancel);

        Assert.Equal(rows.Select(row => row.PartitionKey).Reverse(), listed.Select(entry => entry.Event));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public async Task Pages_continue_over_the_shards_of_every_list_with_each_event_once_newest_first(int size)
    {
        // Events of two days, in pairs that were received at the same time.
        var rows = Enumerable.Range(0, 20).SelectMany(i => new[] { Row(i * 130), Row((i * 130) + 1, _start.AddMinutes(i * 130)) }).ToList();
        await Task.WhenAll(rows.Select(row => _events.InsertAsync(row.MarkFailed("Reason", "", _start), [], Cancel)));
        await Task.WhenAll(rows.Select(row => _index.AddEntriesAsync(Row(row), Cancel)));
        var shards = rows.Select(row => EventIndexKeys.ShardOf(row.PartitionKey)).Distinct().Order();
        var expected = rows.OrderBy(row => EventIndexKeys.RowKeyOf(row.PartitionKey, row.ReceivedAt, 0), StringComparer.Ordinal).Select(row => row.PartitionKey).ToList();

        Assert.Equal(Enumerable.Range(0, EventIndexKeys.Shards), shards);
        foreach (var list in (Func<DateTimeOffset, DateTimeOffset, string?, CancellationToken, IAsyncEnumerable<EventIndexEntry>>[])
            [_index.UnfinishedAsync, _index.FailedAsync, _index.RecentAsync])
        {
            var found = new List<string>();
            for (string? after = null; ;)
            {
                var page = await list(_start, _start.AddDays(3), after, Cancel).Take(size).ToListAsync(Cancel);
                found.AddRange(page.Select(entry => entry.Event));
                if (page.Count < size)
                {
                    break;
                }

                after = page[^1].RowKey;
            }

            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public async Task The_recent_events_are_listed_since_a_time()
    {
        foreach (var minute in (int[])[0, 60])
        {
            await _events.InsertAsync(Row(minute), [], Cancel);
        }

        var listed = await _index.RecentAsync(_start.AddMinutes(1), _start.AddMinutes(61), Cancel).ToListAsync(Cancel);

        Assert.Equal([_start.AddMinutes(60)], listed.Select(entry => entry.ReceivedAt));
    }

    [Fact]
    public async Task An_event_that_keeps_failing_stays_in_the_failed_list_until_it_succeeds()
    {
        var row = Row(0);
        await _events.InsertAsync(row.MarkFailed("Reason", "", _start), [], Cancel);
        row = (await _events.FindAsync(row.PartitionKey, Cancel))!;

        Assert.Equal(WriteResult.Written, await _events.UpdateAsync(row.MarkFailed("Another", "", _start), Cancel));
        Assert.Equal((true, false, true), await ListedAsync(row));

        row.State = EventState.Completed;
        Assert.Equal(WriteResult.Written, await _events.UpdateAsync(row, Cancel));
        Assert.Equal((true, false, false), await ListedAsync(row));
    }

    [Fact]
    public async Task The_next_check_is_recorded_unless_the_event_has_ended()
    {
        var row = Row(0);
        await _events.InsertAsync(row, [], Cancel);
        var entry = await OnlyAsync();
        Assert.Null(entry.NextCheckAt);

        await _index.PostponeAsync(entry, _start.AddHours(1), Cancel);
        Assert.Equal(_start.AddHours(1), (await OnlyAsync()).NextCheckAt);

        await _index.RemoveAsync(await OnlyAsync(), Cancel);
        await _index.PostponeAsync(entry, _start.AddHours(2), Cancel);
        Assert.False((await ListedAsync(row)).IsUnfinished);

        ValueTask<EventIndexEntry> OnlyAsync() => _index.UnfinishedAsync(_start, _start.AddMinutes(1), Cancel).SingleAsync(Cancel);
    }

    [Fact]
    public async Task An_entry_that_was_added_again_since_it_was_read_is_not_removed()
    {
        // The event's row was not written yet when the entry was read, and is about to be written now.
        var row = Row(0);
        await _index.AddEntriesAsync(row, Cancel);
        var entry = await _index.UnfinishedAsync(_start, _start.AddMinutes(1), Cancel).SingleAsync(Cancel);
        await _index.AddEntriesAsync(row, Cancel);

        await _index.RemoveAsync(entry, Cancel);

        Assert.True((await ListedAsync(row)).IsUnfinished);
        await _index.RemoveAsync(await _index.UnfinishedAsync(_start, _start.AddMinutes(1), Cancel).SingleAsync(Cancel), Cancel);
        Assert.False((await ListedAsync(row)).IsUnfinished);
    }

    [Fact]
    public async Task All_entries_of_an_event_can_be_removed()
    {
        var row = Row(0);
        await _events.InsertAsync(row.MarkFailed("Reason", "", _start), [], Cancel);
        await _events.UpdateAsync(Row(0).Replacing((await _events.FindAsync(row.PartitionKey, Cancel))!), Cancel);
        await _index.AddEntriesAsync(Row(0), Cancel);

        await _index.RemoveAllAsync(row.PartitionKey, row.ReceivedAt, Cancel);

        Assert.Equal((false, false, false), await ListedAsync(row));
    }

    private EventRow Row(int minute) => Row(minute, _start.AddMinutes(minute));

    // Returns the event's row in the state before it failed.
    private static EventRow Row(EventRow row) => EventRow.CreateUninterpreted(
        new ReceivedEvent(row.ToKey(), row.Coverage, row.ReceivedAt, default), row.RawBlob, row.ReceivedAt);

    private EventRow Row(int minute, DateTimeOffset receivedAt)
    {
        var key = EventKey.Create("gemini", $"{_start.Ticks}-{minute}");
        using var body = System.Text.Json.JsonDocument.Parse("{}");
        return EventRow.Create(
            new ReceivedEvent(key, SignatureCoverage.RawBody, receivedAt, body.RootElement),
            new GenerationEvent { EventType = "video.generated", Assets = [new AssetSource { Name = "video", Url = "https://example.com/" }] },
            "raw",
            _start);
    }

    private async Task<(bool IsRecent, bool IsUnfinished, bool IsFailed)> ListedAsync(EventRow row)
    {
        var (since, until) = (row.ReceivedAt, row.ReceivedAt.AddMinutes(1));
        async Task<bool> IsIn(IAsyncEnumerable<EventIndexEntry> list) => await list.AnyAsync(entry => entry.Event == row.PartitionKey, Cancel);
        return (
            await IsIn(_index.RecentAsync(since, until, Cancel)),
            await IsIn(_index.UnfinishedAsync(since, until, Cancel)),
            await IsIn(_index.FailedAsync(since, until, Cancel)));
    }

    /// <summary>Pipeline policy that makes every removal of a row fail.</summary>
    private sealed class FailingRemoval(Exception exception) : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message)
        {
            if (message.Request.Method == RequestMethod.Delete)
            {
                throw exception;
            }
        }
    }
}
