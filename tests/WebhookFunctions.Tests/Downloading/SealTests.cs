using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Storage;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of blobs that several processes have staged, and that are therefore read back to verify them.</summary>
public sealed class SealTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_workers_that_read_a_blob_back_the_second_uses_the_hash_that_the_first_set()
    {
        var content = SampleMedia.Mp4(100_000);
        var storage = await azurite.StorageAsync();
        var name = $"seal/{Guid.NewGuid():n}.mp4";
        await storage.Assets.GetBlobClient(name).UploadAsync(BinaryData.FromBytes(content), Cancel);
        var stored = new StoredBlob(name, content.Length, "video/mp4", Sha256: null);
        var first = new AssetBlobs(storage);
        var race = new BeforeHeaders(async () => Assert.NotNull(await first.SealAsync(stored, Cancel)));

        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06);
        options.AddPolicy(race, HttpPipelinePosition.PerRetry);
        var slow = new StorageClients(new TableServiceClient(await azurite.ConnectionStringAsync()), new BlobServiceClient(await azurite.ConnectionStringAsync(), options));

        var second = await new AssetBlobs(slow).SealAsync(stored, Cancel);

        Assert.Equal(SampleMedia.Sha256(content), second!.Sha256);
        Assert.Equal((1, 1), (race.Reads, race.Writes));
    }

    /// <summary>Policy that runs another worker once, before this one writes its headers.</summary>
    private sealed class BeforeHeaders(Func<Task> other) : HttpPipelinePolicy
    {
        public int Reads { get; private set; }

        public int Writes { get; private set; }

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            if (message.Request.Method == RequestMethod.Get)
            {
                Reads++;
            }

            if (message.Request.Uri.Query.Contains("comp=properties", StringComparison.Ordinal) && Writes++ == 0)
            {
                await other();
            }

            await ProcessNextAsync(message, pipeline);
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
            throw new NotSupportedException("The tests use only asynchronous requests.");
    }
}
