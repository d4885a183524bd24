using System.Security.Cryptography;
using LocalHost.Samples;
using LocalHost.StandIns;

namespace LocalHost.Demo;

/// <summary>A provider as the demo imitates it.</summary>
/// <param name="Samples">Its samples.</param>
/// <param name="Keys">Its signing keys.</param>
/// <param name="Api">The stand-in for its API; null if the app calls none.</param>
internal sealed record DemoProvider(ProviderSamples Samples, SampleKeys Keys, ApiStandIn? Api);

/// <summary>Stand-ins for every provider, with keys of their own and their APIs on loopback.</summary>
internal sealed class DemoProviders : IAsyncDisposable
{
    private const string PublicKeysPath = "/.well-known/jwks.json";

    // By settings, because Gemini's two modes share an API.
    private readonly Dictionary<ProviderApiSettings, ApiStandIn> _apis = [];
    private readonly Dictionary<string, string> _settings = [];
    private readonly List<DemoProvider> _all = [];
    private readonly List<StandInServer> _publishers = [];

    public IReadOnlyList<DemoProvider> All => _all;

    /// <summary>The app settings that turn all of them on.</summary>
    public IReadOnlyDictionary<string, string> Settings => _settings;

    /// <summary>The headers that carry the keys of the APIs.</summary>
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
