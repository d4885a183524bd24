using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Storage;

public sealed class EventStoreTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly string _event = $"gemini:{Guid.NewGuid():n}";
    private EventStore _events = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _events = (await azurite.StorageAsync()).OpenEvents();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_new_event_has_its_ETag_and_can_be_written_again_without_a_read()
    {
        var row = await InsertAsync();

        Assert.Equal((await _events.FindAsync(_event, Cancel))!.ETag, row.ETag);
        Assert.Equal(WriteResult.Written, await _events.UpdateAsync(row.WithStateFromCounts(Now), Cancel));
        Assert.Equal(EventState.Downloading, (await _events.FindAsync(_event, Cancel))!.State);
    }

    [Fact]
    public async Task A_missing_row_is_not_found()
    {
        Assert.Null(await _events.FindAsync(_event, Cancel));
        Assert.Null(await _events.FindAssetAsync(_event, AssetRow.KeyOf(0), Cancel));
    }

    [Fact]
    public async Task A_batch_of_further_assets_that_is_added_several_times_is_counted_once()
    {
        await InsertAsync();

        Assert.Equal(WriteResult.Written, await _events.ExpandAsync(_event, [Asset(1), Asset(2)], Now, Cancel));
        Assert.Equal(WriteResult.AlreadyExists, await _events.ExpandAsync(_event, [Asset(1), Asset(2)], Now, Cancel));

        Assert.Equal(3, (await _events.FindAsync(_event, Cancel))!.AssetsTotal);
    }

    [Fact]
    public async Task Concurrently_added_batches_are_all_counted()
    {
        await InsertAsync();

        Assert.All(
            await Task.WhenAll(Enumerable.Range(1, 8).Select(i => _events.ExpandAsync(_event, [Asset(i)], Now, Cancel))),
            result => Assert.Equal(WriteResult.Written, result));

        Assert.Equal(9, (await _events.FindAsync(_event, Cancel))!.AssetsTotal);
    }

    [Fact]
    public async Task Further_assets_of_an_event_without_a_row_are_refused_with_an_explanation()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => _events.ExpandAsync(_event, [Asset(1)], Now, Cancel));

        Assert.Contains("has no row", failure.Message, StringComparison.Ordinal);
    }

    private async Task<EventRow> InsertAsync()
    {
        var row = new EventRow(new TableEntity(_event, EventRow.Key)) { State = EventState.Received, AssetsTotal = 1, AssetsStored = 0, AssetsFailed = 0 };
        Assert.Equal(WriteResult.Written, await _events.InsertAsync(row, [Asset(0)], Cancel));
        return row;
    }

    private AssetRow Asset(int number) => AssetRow.Create(_event, number, new AssetSource { Name = $"a{number}", Url = "https://example.com/a" }, Assurance.Signed, Now);
}
