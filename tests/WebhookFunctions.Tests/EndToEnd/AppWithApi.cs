using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Providers.StandIns;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// Whole app whose requests to the providers' APIs, and for Google's keys, go to a stand-in. As a fixture it serves the tests of a class, each of which
/// uses unique ids.
/// </summary>
/// <param name="azurite">The Azurite in which the app gets a storage account.</param>
/// <param name="settings">Settings that are added to the keys of the providers, or replace them.</param>
public class AppWithApi(AzuriteFixture azurite, params IReadOnlyList<(string Name, string? Value)> settings) : IAsyncLifetime
{
    public GeminiStandIn Api { get; private set; } = null!;

    internal RunningApp Running { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Api = await GeminiStandIn.StartAsync();
        (string Name, string? Value)[] all =
        [
            ("GEMINI_API_BASE_URL", Api.Origin),
            ("GEMINI_JWKS_URL", Api.Origin + GeminiStandIn.JwksPath),
            ("GEMINIGEN_API_BASE_URL", Api.Origin),
            ("SYNC_API_BASE_URL", Api.Origin),
            .. settings,
        ];
        Running = await RunningApp.StartAsync(await azurite.NewAccountAsync(), options =>
        {
            var merged = new Dictionary<string, string>(options.Settings);
            foreach (var (name, value) in all)
            {
                merged[name] = value!;
            }

            return options with { Settings = merged };
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Running.DisposeAsync();
        await Api.Storage.DisposeAsync();
        await Api.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>App that accepts Gemini's tokens and has a key for the APIs of Gemini and GeminiGen.</summary>
public sealed class AppWithApiKeys(AzuriteFixture azurite)
    : AppWithApi(azurite, SampleSettings.Dynamic, ("GEMINI_API_KEY", GeminiStandIn.ApiKey), ("GEMINIGEN_API_KEY", "geminigen-api-key"));

/// <summary>App that accepts Gemini's tokens and has no key for any API.</summary>
public sealed class AppWithoutApiKeys(AzuriteFixture azurite) : AppWithApi(azurite, SampleSettings.Dynamic);
