using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using LocalHost.Hosting;

namespace LocalHost.Storage;

/// <summary>
/// Azurite, the storage emulator, as a child process. It ends when the process that started it ends, even if that is killed.
/// </summary>
public sealed partial class AzuriteServer : IAsyncDisposable
{
    // The account and key of every Azurite: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    // A start normally takes one or two seconds. On a machine with thirty busy processes it took more than a minute.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(4);

    // Longer than the time that serve.js allows Azurite to save and close.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly IReadOnlyList<string> _accounts;
    private long _requests;

    private AzuriteServer(Process process, AzuritePorts ports, IReadOnlyList<string> accounts)
    {
        (_process, Ports, _accounts) = (process, ports, accounts);
        _process.OutputDataReceived += (_, line) =>
        {
            if (Request().IsMatch(line.Data ?? ""))
            {
                Interlocked.Increment(ref _requests);
            }
        };
    }

    public int ProcessId => _process.Id;

    /// <summary>The ports it listens on.</summary>
    public AzuritePorts Ports { get; }

    /// <summary>
    /// Gets the number of requests that it has answered, from any client. It is counted only in memory mode, because on disk Azurite does not log
    /// each request.
    /// </summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Gets the connection string of Azurite's default account.</summary>
    public string ConnectionString => ConnectionStringOf(Account);

    /// <summary>The connection strings of the additional accounts.</summary>
    public IEnumerable<string> FurtherConnectionStrings => _accounts.Select(ConnectionStringOf);

    /// <summary>Starts Azurite with only its default account.</summary>
    /// <inheritdoc cref="StartAsync(AzuritePorts, string, IReadOnlyList{string}, CancellationToken)"/>
    public static Task<AzuriteServer> StartAsync(AzuritePorts ports, string location, CancellationToken cancellationToken = default) =>
        StartAsync(ports, location, [], cancellationToken);

    /// <summary>Starts Azurite, and returns when it listens.</summary>
    /// <param name="ports">The ports to listen on.</param>
    /// <param name="location">The state directory, which is created if it does not exist.</param>
    /// <param name="furtherAccounts">The names of accounts in addition to the default one.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="LocalHostException">Node.js is missing, Azurite is not installed, a port is in use, or it did not start in time.</exception>
    public static async Task<AzuriteServer> StartAsync(
        AzuritePorts ports, string location, IReadOnlyList<string> furtherAccounts, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(location);
        await AwaitPredecessorAsync(location, cancellationToken);
        return await StartAsync(
            StartProcess(ports, furtherAccounts, "--silent", "--location", Path.GetFullPath(location)),
            furtherAccounts,
            process => File.WriteAllTextAsync(ProcessIdFile(location), $"{process.Id}", cancellationToken),
            cancellationToken);
    }

    /// <summary>
    /// Starts Azurite with only its default account and with its state in memory. On disk, Azurite rewrites all rows every five seconds if one has
    /// changed. That makes it slow with many rows, and it fails with some hundred thousand.
    /// </summary>
    /// <inheritdoc cref="StartAsync(AzuritePorts, string, IReadOnlyList{string}, CancellationToken)"/>
    public static Task<AzuriteServer> StartInMemoryAsync(AzuritePorts ports, CancellationToken cancellationToken = default) =>
        StartAsync(StartProcess(ports, [], "--inMemoryPersistence"), [], _ => Task.CompletedTask, cancellationToken);

    /// <summary>
    /// Waits until the Azurite of a killed process has saved its state and ended. Two Azurites with the same directory would overwrite each other's
    /// state.
    /// </summary>
    public static async Task AwaitPredecessorAsync(string location, CancellationToken cancellationToken = default)
    {
        var file = ProcessIdFile(location);
        if (!File.Exists(file) || !int.TryParse(await File.ReadAllTextAsync(file, cancellationToken), out var id))
        {
            return;
        }

        try
        {
            using var predecessor = Process.GetProcessById(id);
            if (predecessor.ProcessName.StartsWith("node", StringComparison.OrdinalIgnoreCase))
            {
                await predecessor.WaitForExitAsync(cancellationToken).WaitAsync(StopTimeout, cancellationToken);
            }
        }
        catch (ArgumentException)
        {
            // The process has ended.
        }
        catch (TimeoutException)
        {
            throw new LocalHostException($"Azurite, process {id}, still uses '{location}'. Another local host may run with the same data directory.");
        }
    }

    /// <summary>Ends Azurite after it has saved its state.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var bound = new CancellationTokenSource(StopTimeout);
        try
        {
            await _process.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private string ConnectionStringOf(string account) =>
        $"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={Key};"
        + $"BlobEndpoint=http://127.0.0.1:{Ports.Blob}/{account};"
        + $"QueueEndpoint=http://127.0.0.1:{Ports.Queue}/{account};"
        + $"TableEndpoint=http://127.0.0.1:{Ports.Table}/{account};";

    private static string ProcessIdFile(string location) => Path.Combine(location, "azurite.pid");

    private static async Task<AzuriteServer> StartAsync(
        Process process, IReadOnlyList<string> furtherAccounts, Func<Process, Task> started, CancellationToken cancellationToken)
    {
        try
        {
            await started(process);
            return new AzuriteServer(process, await ListeningAsync(process, cancellationToken), furtherAccounts);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    private static Process StartProcess(AzuritePorts ports, IReadOnlyList<string> accounts, params IEnumerable<string> options)
    {
        if (!Directory.Exists(Path.Combine(RepositoryPaths.Azurite, "node_modules", "azurite")))
        {
            throw new LocalHostException("Azurite is not installed. The build of tests/LocalHost installs it.");
        }

        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = RepositoryPaths.Azurite,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["AZURITE_ACCOUNTS"] = string.Join(';', accounts.Prepend(Account).Select(account => $"{account}:{Key}")) },
            ArgumentList =
            {
                "serve.js",
                "--disableTelemetry",
                // The storage packages use newer API versions than Azurite supports.
                "--skipApiVersionCheck",
                "--blobPort", $"{ports.Blob}",
                "--queuePort", $"{ports.Queue}",
                "--tablePort", $"{ports.Table}",
            },
        };
        foreach (var option in options)
        {
            start.ArgumentList.Add(option);
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new LocalHostException("Azurite needs Node.js, and 'node' was not found: install it from https://nodejs.org.", exception);
        }
    }

    private static async Task<AzuritePorts> ListeningAsync(Process process, CancellationToken cancellationToken)
    {
        var listening = new ConcurrentDictionary<string, int>();
        var errors = new ConcurrentQueue<string>();
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (Listening().Match(line.Data ?? "") is { Success: true } match)
            {
                listening[match.Groups["service"].Value] = int.Parse(match.Groups["port"].ValueSpan);
                if (listening.Count == 3)
                {
                    ready.TrySetResult(true);
                }
            }
        };
        process.ErrorDataReceived += (_, line) =>
        {
            // The output ends when the process does.
            if (line.Data is null)
            {
                ready.TrySetResult(false);
            }
            else if (!ready.Task.IsCompleted)
            {
                errors.Enqueue(line.Data);
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return await ready.Task.WaitAsync(StartTimeout, cancellationToken)
                ? new AzuritePorts(listening["Blob"], listening["Queue"], listening["Table"])
                : throw new LocalHostException($"Azurite did not start: {string.Join(' ', errors)}");
        }
        catch (TimeoutException)
        {
            throw new LocalHostException($"Azurite did not start within {StartTimeout.TotalSeconds:0} s. {string.Join(' ', errors)}");
        }
    }

    [GeneratedRegex(@"^Azurite (?<service>\w+) service is successfully listening at http://127\.0\.0\.1:(?<port>\d+)$")]
    private static partial Regex Listening();

    // The common log format: 127.0.0.1 - - [time] "GET /path HTTP/1.1" 200 -
    [GeneratedRegex("""^\S+ - - \[[^\]]+\] "[A-Z]+ .* HTTP/1\.1" \d{3} """)]
    private static partial Regex Request();
}
