using Microsoft.Extensions.Logging.Abstractions;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Storage;

public sealed class AssetNamesTests(AzuriteFixture azurite) : IAsyncLifetime
{
    // Contains two characters that are invalid in a table key.
    private const string Asset = "output/video #1?.é";

    private readonly string _job = Guid.NewGuid().ToString();
    private StorageClients _storage = null!;
    private AssetNames _names = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _names = new AssetNames(_storage = await azurite.StorageAsync(), NullLogger<AssetNames>.Instance);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_first_name_stays_and_later_callers_get_it()
    {
        Assert.Null(await _names.FindAsync("sync", _job, Asset, Cancel));

        Assert.Equal("a.mp4", await DecideAsync("a.mp4"));
        Assert.Equal("a.mp4", await DecideAsync("a.webm"));

        Assert.Equal("a.mp4", await _names.FindAsync("sync", _job, Asset, Cancel));
    }

    [Fact]
    public async Task Many_concurrent_callers_all_get_the_same_name()
    {
        var names = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => DecideAsync($"a.{i}")));

        Assert.Single(names.Distinct());
        Assert.Equal(names[0], await _names.FindAsync("sync", _job, Asset, Cancel));
    }

    [Fact]
    public async Task All_names_of_a_job_and_no_other_rows_are_removed()
    {
        // More than fit into one transaction.
        const int Count = EventStore.TransactionSize + 1;
        await Task.WhenAll(Enumerable.Range(0, Count).Select(i => _names.DecideAsync("sync", _job, $"{i}", "b", Cancel)));
        await _names.DecideAsync("sync", _job + "0", "1", "another job's", Cancel);
        var events = new JobEvents(_storage);
        await events.AddAsync(_job, EventKey.Create("sync", "id"), new JobEvent("sync:id", DateTimeOffset.UnixEpoch, "raw"), Cancel);

        await _names.RemoveAllAsync("sync", _job, Cancel);

        foreach (var i in (int[])[0, Count - 1])
        {
            Assert.Null(await _names.FindAsync("sync", _job, $"{i}", Cancel));
        }

        Assert.Equal("another job's", await _names.FindAsync("sync", _job + "0", "1", Cancel));
        Assert.Single(await events.ListAsync("sync", _job, Cancel).ToListAsync(Cancel));

        await _names.RemoveAllAsync("sync", _job, Cancel);
        Assert.Equal("c", await _names.DecideAsync("sync", _job, "0", "c", Cancel));
    }

    private Task<string> DecideAsync(string blob) => _names.DecideAsync("sync", _job, Asset, blob, Cancel);
}
