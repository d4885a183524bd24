using LocalHost.Storage;
using WebhookFunctions.Tests.Fixtures;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>
/// Fixture with one Azurite for the whole run, started on first use. Tests share its standard account, each with ids of its own, or take an account
/// of their own.
/// </summary>
public sealed class AzuriteFixture : IAsyncDisposable
{
    // Each account needs a few bytes of an environment variable, and Windows allows 32,767 characters.
    private const int FurtherAccounts = 200;

    private readonly TemporaryDirectory _directory = new();
    private readonly Lazy<Task<AzuriteServer>> _server;

    private int _accountsUsed;

    public AzuriteFixture() => _server = new Lazy<Task<AzuriteServer>>(() => AzuriteServer.StartAsync(
        AzuritePorts.Free, _directory.Path, [.. Enumerable.Range(1, FurtherAccounts).Select(number => $"account{number}")]));

    public async Task<string> ConnectionStringAsync() => (await _server.Value).ConnectionString;

    /// <summary>Returns the connection string of an empty account that only the caller uses.</summary>
    public async Task<string> NewAccountAsync() =>
        (await _server.Value).FurtherConnectionStrings.ElementAt(Interlocked.Increment(ref _accountsUsed) - 1);

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }

        _directory.Dispose();
    }
}
