using Benchmarks.Downloads;
using Benchmarks.Processes;
using LocalHost.Storage;

namespace Benchmarks.Servers;

/// <summary>Servers that downloads need: a source, a sink for the blobs, and Azurite for the tables.</summary>
internal sealed class SinkStorage : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("benchmark-azurite-");
    private AzuriteServer? _azurite;
    private ChildServer? _media;
    private ChildServer? _sink;

    private SinkStorage()
    {
    }

    /// <summary>Gets the address of the <see cref="MediaServer"/>.</summary>
    public Uri Media => _media!.Address;

    /// <summary>Gets the connection string of the sink.</summary>
    public string Sink => FetchSettings.Sink(_sink!.Port);

    /// <summary>Gets the number of requests that Azurite has answered. Only an Azurite in memory counts them.</summary>
    public long Requests => _azurite!.Requests;

    /// <summary>Gets the connection string of Azurite.</summary>
    public string Azurite => _azurite!.ConnectionString;

    /// <summary>Starts the servers, and creates the app's tables and containers.</summary>
    /// <param name="core">The core of the source and of the sink.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <param name="azurite">Azurite's core.</param>
    /// <param name="inMemory">Whether Azurite stores everything in memory.</param>
    public static async Task<SinkStorage> StartAsync(
        Core core, CancellationToken cancellationToken, Core azurite = Core.Any, bool inMemory = false)
    {
        var storage = new SinkStorage();
        try
        {
            storage._azurite = await (inMemory
                ? AzuriteServer.StartInMemoryAsync(LocalHost.Storage.AzuritePorts.Free, cancellationToken)
                : AzuriteServer.StartAsync(LocalHost.Storage.AzuritePorts.Free, storage._directory.FullName, cancellationToken));
            await ChildProcess.PinAsync(storage._azurite.ProcessId, azurite, cancellationToken);
            storage._media = await ChildServer.StartSelfAsync(core, ServerKinds.Media, new Dictionary<string, string>(), cancellationToken);
            storage._sink = await ChildServer.StartSelfAsync(core, ServerKinds.BlobSink, new Dictionary<string, string>(), cancellationToken);
            await StorageAccount.ProvisionAsync(storage.Azurite, cancellationToken);
            return storage;
        }
        catch
        {
            await storage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the environment variables of a process that runs the app over the sink.</summary>
    public Dictionary<string, string> Settings(string secret) => new()
    {
        [FetchSettings.Blobs] = Sink,
        [FetchSettings.Tables] = Azurite,
        [ServerSettings.Secret] = secret,
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new IAsyncDisposable?[] { _media, _sink, _azurite })
        {
            await (process?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        _directory.Delete(recursive: true);
    }
}
