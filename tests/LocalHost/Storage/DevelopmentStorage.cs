using System.Net.NetworkInformation;
using System.Net.Sockets;
using LocalHost.Hosting;

namespace LocalHost.Storage;

/// <summary>Storage that the settings name: any account, or Azurite at its default ports, which is started if nothing listens there.</summary>
internal sealed class DevelopmentStorage : IAsyncDisposable
{
    private const string Setting = "AzureWebJobsStorage";
    private const string UseDevelopmentStorage = "UseDevelopmentStorage=true";

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(10);

    private readonly AzuriteServer? _started;
    private readonly AzuriteOwnerFile? _ownerFile;

    private DevelopmentStorage(string description, AzuriteServer? started = null, AzuriteOwnerFile? ownerFile = null) =>
        (Description, _started, _ownerFile) = (description, started, ownerFile);

    /// <summary>Gets a description of the storage: which one it is, who started it, and when it ends.</summary>
    public string Description { get; }

    /// <summary>Starts Azurite if the settings refer to it and nothing listens at its ports. Settings without a storage account refer to it
    /// too.</summary>
    /// <param name="settings">The app settings. If they name no storage, the setting is added.</param>
    /// <param name="dataDirectory">The caller's state directory.</param>
    /// <param name="ports">The ports of <c>UseDevelopmentStorage=true</c>.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="LocalHostException">Another process listens at the ports, or Azurite can't be started.</exception>
    public static async Task<DevelopmentStorage> OpenAsync(
        Dictionary<string, string> settings, string dataDirectory, AzuritePorts ports, CancellationToken cancellationToken)
    {
        var named = settings
            .Where(setting => !string.IsNullOrWhiteSpace(setting.Value)
                && (setting.Key.Equals(Setting, StringComparison.OrdinalIgnoreCase)
                    || setting.Key.StartsWith($"{Setting}__", StringComparison.OrdinalIgnoreCase)))
            .ToList();
        if (named.Count == 0)
        {
            settings[Setting] = UseDevelopmentStorage;
        }
        else if (!IsDevelopmentStorage(settings.GetValueOrDefault(Setting)))
        {
            return new DevelopmentStorage($"the account of {string.Join(", ", named.Select(setting => setting.Key).Order(StringComparer.Ordinal))}");
        }

        // The Azurite of a killed host may still listen while it ends, so the ports are checked after that.
        var location = Path.Combine(dataDirectory, "azurite");
        await AzuriteServer.AwaitPredecessorAsync(location, cancellationToken);
        var listening = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        if (listening.Contains(ports.Blob) || listening.Contains(ports.Table))
        {
            await ThrowUnlessAzuriteAsync("blobs", ports.Blob, "Azurite-Blob", cancellationToken);
            await ThrowUnlessAzuriteAsync("tables", ports.Table, "Azurite-Table", cancellationToken);
            return new DevelopmentStorage($"{At(ports)}, {AzuriteOwnerFile.Find(ports)?.ToString() ?? "which was already running"}");
        }

        var started = await AzuriteServer.StartAsync(ports, location, cancellationToken);
        return new DevelopmentStorage($"{At(ports)}, started by this run, stored in {location}", started, AzuriteOwnerFile.Write(ports, dataDirectory));
    }

    public async ValueTask DisposeAsync()
    {
        _ownerFile?.Dispose();
        if (_started is not null)
        {
            await _started.DisposeAsync();
        }
    }

    private static string At(AzuritePorts ports) => $"Azurite at 127.0.0.1:{ports.Blob} (blobs) and {ports.Table} (tables)";

    // Any other server at Azurite's port would look like a storage account that is empty or fails.
    private static async Task ThrowUnlessAzuriteAsync(string service, int port, string server, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = ProbeTimeout };
        string found;
        try
        {
            using var answer = await http.GetAsync(
                new Uri($"http://127.0.0.1:{port}/devstoreaccount1?comp=list"), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var name = answer.Headers.TryGetValues("Server", out var names) ? string.Join(' ', names) : null;
            if (name?.StartsWith(server, StringComparison.OrdinalIgnoreCase) == true)
            {
                return;
            }

            found = $"a server that is not Azurite ({name ?? "without a Server header"}) answers";
        }
        catch (HttpRequestException exception) when (exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            found = "nothing listens, while Azurite's other port is in use";
        }
        catch (HttpRequestException)
        {
            found = "a server that is not Azurite listens";
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            found = $"a server listens that did not answer within {ProbeTimeout.TotalSeconds:0} s";
        }

        throw new LocalHostException(
            $"At port {port}, where Azurite serves {service}, {found}. Stop it, or name another storage account in {Setting}.");
    }

    private static bool IsDevelopmentStorage(string? connection) =>
        string.Equals(connection?.Trim().TrimEnd(';'), UseDevelopmentStorage, StringComparison.OrdinalIgnoreCase);
}
