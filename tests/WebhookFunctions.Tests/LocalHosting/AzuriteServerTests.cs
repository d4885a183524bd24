using Azure.Storage.Blobs;
using LocalHost.Storage;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.LocalHosting;

public sealed class AzuriteServerTests
{
    private static readonly BlobClientOptions Options = new(BlobClientOptions.ServiceVersion.V2026_06_06);

    [Fact]
    public async Task Stored_data_survives_a_stop_and_a_start_on_the_same_ports()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var directory = new TemporaryDirectory();
        AzuritePorts ports;
        await using (var first = await AzuriteServer.StartAsync(LastingPorts.Next(), directory.Path, cancellation))
        {
            ports = first.Ports;
            var container = new BlobContainerClient(first.ConnectionString, "kept", Options);
            await container.CreateAsync(cancellationToken: cancellation);
            await container.UploadBlobAsync("blob", BinaryData.FromString("content"), cancellation);
        }

        await using var second = await AzuriteServer.StartAsync(ports, directory.Path, cancellation);
        var blob = await new BlobClient(second.ConnectionString, "kept", "blob", Options).DownloadContentAsync(cancellation);

        Assert.Equal(ports, second.Ports);
        Assert.Equal("content", blob.Value.Content.ToString());
    }
}
