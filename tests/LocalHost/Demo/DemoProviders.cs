using System.Security.Cryptography;
using LocalHost.Samples;
using LocalHost.StandIns;

namespace LocalHost.Demo;

/// <summary>Provider that the demo imitates.</summary>
/// <param name="Samples">The provider's samples.</param>
/// <param name="Keys">The provider's signing keys.</param>
/// <param name="Api">The stand-in for the provider's API; null if the app does not call it.</param>
internal sealed record DemoProvider(ProviderSamples Samples, SampleKeys Keys, ApiStandIn? Api);

/// <summary>Stand-ins for every provider, with new keys and with APIs on loopback.</summary>
internal sealed class DemoProviders : IAsyncDisposable
{
    private const string PublicKeysPath = "/.well-known/jwks.json";

    // The key is the API's settings and not the provider, because Gemini's two modes share an API.
    private readonly Dictionary<ProviderApiSettings, ApiStandIn> _apis = [];
    private readonly Dictionary<string, string> _settings = [];
    private readonly List<DemoProvider> _all = [];
    private readonly List<StandInServer> _publishers = [];

    public IReadOnlyList<DemoProvider> All => _all;

    /// <summary>Gets the app settings that turn all of them on.</summary>
    public IReadOnlyDictionary<string, string> Settings => _settings;

    /// <summary>Gets the headers that carry the keys of the APIs.</summary>
    public IReadOnlyCollection<string> KeyHeaders => [.. _apis.Keys.Select(api => api.KeyHeader).Distinct()];

    public static async Task<DemoProviders> StartAsync(CancellationToken cancellationToken)
    {
        var providers = new DemoProviders();
        foreach (var samples in ProviderSamples.All)
        {
            await providers.AddAsync(samples, cancellationToken);
        }

        return providers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _apis.Values.Concat(_publishers))
        {
            await server.DisposeAsync();
        }
    }

    private async Task AddAsync(ProviderSamples samples, CancellationToken cancellationToken)
    {
        var keys = samples.NewKeys();
        foreach (var (name, value) in keys.Settings)
        {
            _settings.Add(name, value);
        }

        var api = samples.Api is { } settings ? await ApiAsync(settings, cancellationToken) : null;
        if (samples.PublicKeysSetting is { } setting)
        {
            var publisher = api ?? await PublisherAsync();
            publisher.OnJson(PublicKeysPath, keys.Signer.PublicKeys!);
            _settings.Add(setting, publisher.Origin + PublicKeysPath);
        }

        _all.Add(new DemoProvider(samples, keys, api));
    }

    private async Task<StandInServer> PublisherAsync()
    {
        var server = await StandInServer.StartAsync();
        _publishers.Add(server);
        return server;
    }

    private async Task<ApiStandIn> ApiAsync(ProviderApiSettings settings, CancellationToken cancellationToken)
    {
        if (!_apis.TryGetValue(settings, out var api))
        {
            var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            _apis.Add(settings, api = await ApiStandIn.StartAsync(settings.KeyHeader, key, cancellationToken));
            _settings.Add(settings.OriginSetting, api.Origin);
            _settings.Add(settings.KeySetting, key);
        }

        return api;
    }
}
