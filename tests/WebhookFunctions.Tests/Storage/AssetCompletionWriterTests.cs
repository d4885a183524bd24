using Azure.Data.Tables;
using Microsoft.Extensions.Logging.Abstractions;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Storage;

public sealed class AssetCompletionWriterTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly RequestCounter _requests = new();
    // All tests share the list of unfinished events, so this one uses a unique time.
    private readonly DateTimeOffset _receivedAt = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero) + TimeSpan.FromTicks(Random.Shared.NextInt64(1L << 52));
    private readonly string _event = $"gemini:{Guid.NewGuid():n}";
    private StorageClients _storage = null!;
    private EventStore _events = null!;
    private AssetCompletionWriter _writer = null!;

    public async ValueTask InitializeAsync()
    {
        _storage = await azurite.StorageAsync(_requests);
        _events = _storage.OpenEvents();
        _writer = new AssetCompletionWriter(
            _storage, _events, _storage.OpenIndex(), _storage.OpenAnnouncements(), TimeProvider.System, NullLogger<AssetCompletionWriter>.Instance);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_last_asset_to_end_completes_the_event()
    {
        var assets = await InsertAsync(2);

        Assert.Equal(WriteResult.Written, await EndAsync(_writer, assets[0], AssetState.Stored));
        var half = (await _events.FindAsync(_event, Cancel))!;
        Assert.Equal(WriteResult.Written, await EndAsync(_writer, assets[1], AssetState.Stored));
        var whole = (await _events.FindAsync(_event, Cancel))!;

        Assert.Equal((EventState.Downloading, 1, 0), (half.State, half.AssetsStored, half.AssetsFailed));
        Assert.Equal((EventState.Completed, 2, 0), (whole.State, whole.AssetsStored, whole.AssetsFailed));
        Assert.NotNull(whole.Entity.GetDateTimeOffset("CompletedAt"));
    }

    [Fact]
    public async Task Replaying_a_failed_asset_reopens_its_event_and_restores_its_counts()
    {
        var asset = (await InsertAsync(1))[0];

        await EndAsync(_writer, asset, AssetState.Failed);
        var failed = (await _events.FindAsync(_event, Cancel))!;
        await EndAsync(_writer, asset, AssetState.Pending);
        var reopened = (await _events.FindAsync(_event, Cancel))!;
        await EndAsync(_writer, asset, AssetState.Stored);
        var stored = (await _events.FindAsync(_event, Cancel))!;

        Assert.Equal((EventState.CompletedWithFailures, 0, 1), (failed.State, failed.AssetsStored, failed.AssetsFailed));
        Assert.Equal((EventState.Downloading, 0, 0), (reopened.State, reopened.AssetsStored, reopened.AssetsFailed));
        Assert.Null(reopened.Entity.GetDateTimeOffset("CompletedAt"));
        Assert.Equal((EventState.Completed, 1, 0), (stored.State, stored.AssetsStored, stored.AssetsFailed));
    }

    [Fact]
    public async Task A_write_over_an_asset_row_that_changed_in_between_reports_it_and_changes_nothing()
    {
        await InsertAsync(2);
        var one = (await _events.FindAssetAsync(_event, AssetRow.KeyOf(0), Cancel))!;
        var other = (await _events.FindAssetAsync(_event, AssetRow.KeyOf(0), Cancel))!;

        Assert.Equal(WriteResult.Written, await EndAsync(_writer, one, AssetState.Stored));
        Assert.Equal(WriteResult.Changed, await EndAsync(_writer, other, AssetState.Failed));

        var row = (await _events.FindAsync(_event, Cancel))!;
        Assert.Equal((1, 0), (row.AssetsStored, row.AssetsFailed));
        Assert.Equal(AssetState.Stored, (await _events.FindAssetAsync(_event, AssetRow.KeyOf(0), Cancel))!.State);
    }

    [Theory]
    [InlineData(3, 1, 0, EventState.Received)]
    [InlineData(3, 1, 1, EventState.Received)]
    [InlineData(2, 1, 1, EventState.CompletedWithFailures)]
    [InlineData(2, 0, 2, EventState.CompletedWithFailures)]
    [InlineData(2, 2, 0, EventState.Completed)]
    public async Task An_event_whose_messages_are_still_being_sent_waits_for_them_unless_all_its_assets_have_ended(
        int total, int stored, int failed, EventState expected)
    {
        var assets = await InsertAsync(total, EventState.Received);

        for (var i = 0; i < stored + failed; i++)
        {
            Assert.Equal(WriteResult.Written, await EndAsync(_writer, assets[i], i < failed ? AssetState.Failed : AssetState.Stored));
        }

        var row = (await _events.FindAsync(_event, Cancel))!;
        Assert.Equal((expected, stored, failed), (row.State, row.AssetsStored, row.AssetsFailed));
    }

    [Fact]
    public async Task A_completed_event_leaves_the_list_of_unfinished_events_and_writing_its_asset_a_second_time_succeeds()
    {
        var index = _storage.OpenIndex();
        var asset = (await InsertAsync(1))[0];
        Assert.Contains(_event, await NamesAsync(index.UnfinishedAsync));

        await EndAsync(_writer, asset, AssetState.Stored);

        Assert.DoesNotContain(_event, await NamesAsync(index.UnfinishedAsync));
        Assert.Equal((await _events.FindAssetAsync(_event, asset.RowKey, Cancel))!.ETag, asset.ETag);
    }

    [Fact]
    public async Task An_event_that_fails_and_is_reopened_moves_between_the_lists()
    {
        var index = _storage.OpenIndex();
        var asset = (await InsertAsync(1))[0];

        await EndAsync(_writer, asset, AssetState.Failed);
        Assert.Contains(_event, await NamesAsync(index.FailedAsync));
        Assert.DoesNotContain(_event, await NamesAsync(index.UnfinishedAsync));

        await EndAsync(_writer, asset, AssetState.Pending);
        Assert.DoesNotContain(_event, await NamesAsync(index.FailedAsync));
        Assert.Contains(_event, await NamesAsync(index.UnfinishedAsync));
    }

    [Fact]
    public async Task A_cancelled_call_writes_nothing()
    {
        var asset = (await InsertAsync(1))[0];
        asset.State = AssetState.Stored;
        _requests.Reset();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _writer.WriteAsync(asset, AssetState.Pending, new CancellationToken(true)));

        Assert.Equal(0, _requests.Count(IsTransaction));
        Assert.Equal(AssetState.Pending, (await _events.FindAssetAsync(_event, asset.RowKey, Cancel))!.State);
    }

    [Fact]
    public async Task Completing_an_asset_of_an_event_without_a_row_fails_with_an_explanation()
    {
        var asset = AssetRow.Create(_event, 0, new AssetSource { Name = "a", Url = "https://example.com/a" }, Assurance.Signed, Now);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => _writer.WriteAsync(asset, AssetState.Pending, Cancel));

        Assert.Contains("has no row", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_race_in_a_shared_transaction_does_not_delay_the_other_assets()
    {
        var assets = await InsertAsync(30);
        var stale = (await _events.FindAssetAsync(_event, AssetRow.KeyOf(7), Cancel))!;
        assets[7].Attempts = 1;
        Assert.Equal(WriteResult.Written, await _events.UpdateAsync(assets[7], Cancel));
        assets[7] = stale;

        var written = await Task.WhenAll(assets.Select(asset => EndAsync(_writer, asset, AssetState.Stored)));

        Assert.Equal(Enumerable.Range(0, 30).Select(i => i == 7 ? WriteResult.Changed : WriteResult.Written), written);
        Assert.Equal(29, (await _events.FindAsync(_event, Cancel))!.AssetsStored);
    }

    [Fact]
    public async Task Five_hundred_assets_that_end_concurrently_in_two_processes_are_all_counted_and_share_writes()
    {
        const int Total = 500;
        var other = new AssetCompletionWriter(
            _storage, _events, _storage.OpenIndex(), _storage.OpenAnnouncements(), TimeProvider.System, NullLogger<AssetCompletionWriter>.Instance);
        var assets = await InsertAsync(Total);
        _requests.Reset();

        var written = await Task.WhenAll(assets.Select((asset, i) =>
            EndAsync(i % 2 == 0 ? _writer : other, asset, i % 10 == 0 ? AssetState.Failed : AssetState.Stored)));

        Assert.All(written, result => Assert.Equal(WriteResult.Written, result));
        var row = (await _events.FindAsync(_event, Cancel))!;
        Assert.Equal((EventState.CompletedWithFailures, 450, 50), (row.State, row.AssetsStored, row.AssetsFailed));
        Assert.InRange(_requests.Count(IsTransaction), 6, 60);
    }

    private static bool IsTransaction(string request) => request.EndsWith("$batch", StringComparison.Ordinal);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<WriteResult> EndAsync(AssetCompletionWriter writer, AssetRow asset, AssetState state)
    {
        var before = asset.State;
        asset.State = state;
        return writer.WriteAsync(asset, before, Cancel);
    }

    private ValueTask<List<string>> NamesAsync(Func<DateTimeOffset, DateTimeOffset, CancellationToken, IAsyncEnumerable<EventIndexEntry>> list) =>
        list(_receivedAt, _receivedAt.AddTicks(1), Cancel).Select(entry => entry.Event).ToListAsync(Cancel);

    private async Task<AssetRow[]> InsertAsync(int count, EventState state = EventState.Downloading)
    {
        var entity = new TableEntity(_event, EventRow.Key) { [nameof(EventRow.ReceivedAt)] = _receivedAt };
        var row = new EventRow(entity) { State = state, AssetsTotal = count, AssetsStored = 0, AssetsFailed = 0 };
        var assets = Enumerable.Range(0, count)
            .Select(i => AssetRow.Create(_event, i, new AssetSource { Name = $"a{i}", Url = "https://example.com/a" }, Assurance.Signed, Now));
        var pieces = assets.Chunk(99).ToList();
        Assert.Equal(WriteResult.Written, await _events.InsertAsync(row, pieces[0], Cancel));
        foreach (var piece in pieces[1..])
        {
            Assert.Equal(WriteResult.Written, await _events.AddAssetsAsync(piece, Cancel));
        }

        return [.. await _events.AssetsAsync(_event, Cancel).ToListAsync(Cancel)];
    }
}
