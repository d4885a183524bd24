using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

public sealed class AssetProcessorTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly HostileServer _source = new();
    private AssetBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await AssetBench.CreateAsync(azurite);

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Theory]
    [InlineData(12)]
    [InlineData(64 * 1024 - 1)]
    [InlineData(64 * 1024)]
    [InlineData(64 * 1024 + 1)]
    [InlineData(1_000_000)]
    public async Task An_asset_ends_as_one_blob_with_its_bytes_and_hashes(int length)
    {
        var content = SampleMedia.Mp4(length);
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", content) + "?token=secret");

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));

        var row = await _bench.RowAsync();
        Assert.Equal(AssetState.Stored, row.State);
        Assert.Equal(length, row.Bytes);
        Assert.Equal(SampleMedia.Sha256(content), row.Sha256);
        Assert.Equal($"geminigen/{_bench.JobId}/video.mp4", row.Blob);
        Assert.Null(row.LeaseOwner);
        Assert.Equal(content, await _bench.BytesAsync());
        var properties = await _bench.PropertiesAsync();
        Assert.Equal("video/mp4", properties.ContentType);
        Assert.Equal(SampleMedia.Md5(content), properties.ContentHash);
        Assert.Equal(row.Sha256, properties.Metadata["sha256"]);
        Assert.Equal(_bench.Key.WebhookId, properties.Metadata["webhookid"]);
        Assert.Equal("127.0.0.1", properties.Metadata["sourcehost"]);
        Assert.Single(_source.Requests);
        Assert.Equal(EventState.Completed, (await _bench.EventAsync()).State);
    }

    [Theory]
    [InlineData(5_000)]
    [InlineData(300_000)]
    public async Task An_asset_that_two_concurrent_events_name_with_two_types_ends_as_one_blob(int length)
    {
        var mp4 = SampleMedia.Mp4(length);
        var aac = SampleMedia.Mp4(length, seed: 2);
        aac.AsSpan(0, 16).Clear();
        using var both = new Barrier(2);
        string ServeWithTheOther(string path, byte[] content, string type) => _source.On(path, async exchange =>
        {
            await Task.Run(() => both.SignalAndWait(exchange.Stopping), exchange.Stopping);
            await exchange.ServeAsync(content, type, "\"v1\"");
        });
        var first = await _bench.AnnounceAsync(ServeWithTheOther("/v.mp4", mp4, "video/mp4"));
        _bench.NewEvent();
        var second = await _bench.AnnounceAsync(ServeWithTheOther("/v.aac", aac, "audio/aac"));

        var outcomes = await Task.WhenAll(_bench.DeliverAsync(first), _bench.DeliverAsync(second));

        Assert.All(outcomes, outcome => Assert.IsType<Settlement.Complete>(outcome));
        Assert.Equal(2, _source.Requests.Count);
        var blob = Assert.Single(await _bench.BlobsAsync());
        foreach (var message in (AssetMessage[])[first, second])
        {
            var row = (await _bench.Events.FindAssetAsync(message.Event.PartitionKey, message.Row, TestContext.Current.CancellationToken))!;
            Assert.Equal((AssetState.Stored, blob), (row.State, row.Blob));
            Assert.Equal(SampleMedia.Sha256((await _bench.BytesAsync()).ToArray()), row.Sha256);
        }
    }

    [Fact]
    public async Task An_asset_within_one_block_is_written_in_one_request()
    {
        await _bench.DeliverAsync(await _bench.AnnounceAsync(_source.Serve("/v.mp4", SampleMedia.Mp4(5_000))));

        var blob = _bench.Storage.Assets.GetBlockBlobClient((await _bench.RowAsync()).Blob);
        var blocks = await blob.GetBlockListAsync(BlockListTypes.All, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty(blocks.Value.CommittedBlocks);
        Assert.Empty(blocks.Value.UncommittedBlocks);
    }
}
