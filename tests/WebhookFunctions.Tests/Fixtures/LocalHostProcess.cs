using LocalHost.Hosting;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>The local host as a user starts it.</summary>
internal sealed class LocalHostProcess : IAsyncDisposable
{
    private readonly ServerProcess _server;

    private LocalHostProcess(ServerProcess server) => _server = server;

    /// <inheritdoc cref="ServerProcess.Output"/>
    public string Output => _server.Output;

    /// <inheritdoc cref="ServerProcess.PeakMemory"/>
    public long PeakMemory => _server.PeakMemory;

    /// <summary>Starts a command with settings in its environment.</summary>
    public static LocalHostProcess Start(IReadOnlyDictionary<string, string> settings, params IEnumerable<string> arguments) =>
        new(ServerProcess.Start(typeof(LocalHostApp).Assembly.Location, settings, arguments));

    /// <summary>Where it listens, once it says so.</summary>
    public async Task<Uri> ReadyAsync() => new(await _server.ReadyAsync());

    /// <inheritdoc cref="ServerProcess.KillAsync"/>
    public Task KillAsync() => _server.KillAsync();

    /// <inheritdoc cref="ServerProcess.ExitCodeAsync"/>
    public Task<int> ExitCodeAsync() => _server.ExitCodeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
