using Azure.Data.Tables;
using Azure.Storage.Blobs;
using LocalHost.Storage;
using WebhookFunctions.Tests.Fixtures;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>
/// One Azurite for the whole run, started when it is first asked for. Tests share its account: each takes ids of its own,
/// or a whole Azurite where it needs one to itself.
/// </summary>
public sealed class AzuriteFixture : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Lazy<Task<AzuriteServer>> _server;

    public AzuriteFixture() => _server = new Lazy<Task<AzuriteServer>>(() => AzuriteServer.StartAsync(AzuritePorts.Free, _directory.Path));

    public async Task<string> ConnectionStringAsync() => (await _server.Value).ConnectionString;

    public async Task<BlobServiceClient> BlobsAsync() =>
        new(await ConnectionStringAsync(), new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06));

    public async Task<TableServiceClient> TablesAsync() => new(await ConnectionStringAsync());

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }

        _directory.Dispose();
    }
}
