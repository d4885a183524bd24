using Benchmarks.Downloads;
using Benchmarks.Processes;
using LocalHost.Storage;

namespace Benchmarks.Servers;

/// <summary>What downloads need around them: a source, a sink for the blobs, and Azurite for the tables, which see a few requests for each asset.</summary>
internal sealed class SinkStorage : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("benchmark-azurite-");
    private AzuriteServer? _azurite;
    private ChildServer? _media;
    private ChildServer? _sink;

    private SinkStorage()
    {
    }

    /// <summary>Where the media are: see <see cref="MediaServer"/>.</summary>
    public Uri Media => _media!.Address;

    /// <summary>Connection string of the sink.</summary>
    public string Sink => FetchSettings.Sink(_sink!.Port);

    /// <summary>How many requests Azurite has answered, where it keeps nothing on disk.</summary>
    public long Requests => _azurite!.Requests;

    /// <summary>Connection string of Azurite.</summary>
    public string Azurite => _azurite!.ConnectionString;

    /// <summary>Starts it all, with the app's tables and containers.</summary>
    /// <param name="core">Where the source and the sink run.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <param name="azurite">Where Azurite runs.</param>
    /// <param name="inMemory">Whether Azurite keeps nothing on disk.</param>
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

    /// <summary>The environment of a process that runs the app over the sink.</summary>
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
