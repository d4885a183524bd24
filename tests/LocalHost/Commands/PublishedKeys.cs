using LocalHost.Samples;
using LocalHost.StandIns;

namespace LocalHost.Commands;

/// <summary>
/// Server that publishes the public keys of a sample's signer at the address in the provider's setting, until it is disposed. If the address is not on
/// this machine, the user must publish the keys there.
/// </summary>
internal sealed class PublishedKeys : IAsyncDisposable
{
    private readonly StandInServer? _server;

    private PublishedKeys(StandInServer? server, string? note) => (_server, Note) = (server, note);

    /// <summary>Gets a note for the user about keys that could not be published; null if there is none.</summary>
    public string? Note { get; }

    public static async Task<PublishedKeys> StartAsync(ProviderSamples provider, SampleSigner signer, IReadOnlyDictionary<string, string> settings)
    {
        if (provider.PublicKeysSetting is not { } setting || signer.PublicKeys is not { } keys)
        {
            return new PublishedKeys(null, null);
        }

        var elsewhere = $"The deployment must be able to read these keys at the address in its {setting}: {keys}";
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
            return new PublishedKeys(null, $"Another server uses {address}. {elsewhere}");
        }
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
