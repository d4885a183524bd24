using LocalHost.Samples;
using LocalHost.StandIns;

namespace LocalHost.Commands;

/// <summary>
/// Server of the keys of a sample's signer. While it exists, it publishes them at the address in the provider's setting, if that address is on this
/// machine. A deployment elsewhere has to find the keys itself.
/// </summary>
internal sealed class PublishedKeys : IAsyncDisposable
{
    private readonly StandInServer? _server;

    private PublishedKeys(StandInServer? server, string? note) => (_server, Note) = (server, note);

    /// <summary>What the user has to know about it; null if nothing.</summary>
    public string? Note { get; }

    public static async Task<PublishedKeys> StartAsync(ProviderSamples provider, SampleSigner signer, IReadOnlyDictionary<string, string> settings)
    {
        if (provider.PublicKeysSetting is not { } setting || signer.PublicKeys is not { } keys)
        {
            return new PublishedKeys(null, null);
        }

        var elsewhere = $"The deployment has to find this at the address in its {setting}: {keys}";
        if (!Uri.TryCreate(settings.GetValueOrDefault(setting), UriKind.Absolute, out var address)
            || address is not { Scheme: "http", Host: "127.0.0.1" })
        {
            return new PublishedKeys(null, elsewhere);
        }

        try
        {
            var server = await StandInServer.StartAsync(address.Port);
            server.OnJson(address.AbsolutePath, keys);
            return new PublishedKeys(server, null);
        }
        catch (IOException)
        {
            return new PublishedKeys(null, $"Somebody else serves {address}. {elsewhere}");
        }
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
