using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using LocalHost.Hosting;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Local host in a separate process, as a user starts it.</summary>
internal sealed partial class LocalHostProcess : IAsyncDisposable
{
    private readonly ServerProcess _server;

    private LocalHostProcess(ServerProcess server) => _server = server;

    /// <inheritdoc cref="ServerProcess.Output"/>
    public string Output => _server.Output;

    /// <summary>Gets the peak working set of the app's worker, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            using var worker = Process.GetProcessById(int.Parse(WorkerLine().Match(Output).Groups["id"].ValueSpan, CultureInfo.InvariantCulture));
            return worker.PeakWorkingSet64;
        }
    }

    /// <summary>Starts a command with settings in its environment.</summary>
    public static LocalHostProcess Start(IReadOnlyDictionary<string, string> settings, params IEnumerable<string> arguments) =>
        new(ServerProcess.Start(typeof(LocalHostApp).Assembly.Location, settings, arguments));

    /// <summary>Waits until the server reports its address, and returns it.</summary>
    public async Task<Uri> ReadyAsync() => new(await _server.ReadyAsync());

    /// <inheritdoc cref="ServerProcess.KillAsync"/>
    public Task KillAsync() => _server.KillAsync();

    /// <inheritdoc cref="ServerProcess.ExitCodeAsync"/>
    public Task<int> ExitCodeAsync() => _server.ExitCodeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [GeneratedRegex(@"^Worker: .*, process (?<id>\d+)\r?$", RegexOptions.Multiline)]
    private static partial Regex WorkerLine();
}
