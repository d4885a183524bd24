using System.Globalization;
using System.Net;
using System.Text;
using LocalHost.Demo;
using LocalHost.Hosting;
using LocalHost.Samples;
using LocalHost.StandIns;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers.StandIns;
using WebhookFunctions.Tests.Verification;

namespace WebhookFunctions.Tests.Providers;

/// <summary>Fixture with the whole app in the local host and a stand-in for each provider's API. Tests share it, and use unique job ids.</summary>
public sealed class ProviderApp(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    // The described services, with new keys.
    private readonly Dictionary<ProviderSamples, SampleKeys> _services = ProviderSamples.All
        .Where(samples => samples.Provider is not ("geminigen" or "gemini" or "sync" or "replicate")).ToDictionary(samples => samples, samples => samples.NewKeys());

    private LocalHostApp _host = null!;
    private StoredResults _results = null!;

    public GeminiStandIn Gemini { get; private set; } = null!;

    /// <summary>Gets the stand-in for GeminiGen.AI's history, for Sync's API, and for the storage of all providers' files.</summary>
    public StandInServer Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Gemini = await GeminiStandIn.StartAsync();
        Api = await StandInServer.StartAsync();
        (string Name, string? Value)[] settings =
        [
            SampleSettings.GeminiGen, SampleSettings.Gemini, SampleSettings.Dynamic, SampleSettings.Sync, SampleSettings.Replicate,
            ("GEMINIGEN_API_KEY", "geminigen-api-key"),
            ("GEMINIGEN_API_BASE_URL", Api.Origin),
            ("SYNC_API_BASE_URL", Api.Origin),
            ("GEMINI_API_KEY", GeminiStandIn.ApiKey),
            ("GEMINI_API_BASE_URL", Gemini.Origin),
            ("GEMINI_JWKS_URL", Gemini.Origin + GeminiStandIn.JwksPath),
            ("AzureWebJobsStorage", await azurite.ConnectionStringAsync()),
            ("Assets__AllowLoopback", "true"),
            ("Assets__AllowedHosts", "127.0.0.1"),
        ];
        var all = settings.ToDictionary(setting => setting.Name, setting => setting.Value!);
        foreach (var (samples, keys) in _services)
        {
            keys.Settings.ToList().ForEach(setting => all.Add(setting.Key, setting.Value));
            if (samples.PublicKeysSetting is { } setting)
            {
                Api.OnJson($"/{samples.Name}/jwks.json", keys.Signer.PublicKeys!);
                all.Add(setting, $"{Api.Origin}/{samples.Name}/jwks.json");
            }
        }

        _host = await LocalHostApp.StartAsync(
            new LocalHostOptions { Settings = all },
            TestContext.Current.CancellationToken);
        _results = ActivatorUtilities.CreateInstance<StoredResults>(_host.Services);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
        await Gemini.Storage.DisposeAsync();
        await Gemini.DisposeAsync();
        await Api.DisposeAsync();
    }

    /// <summary>Sends a webhook with its provider's signature. <paramref name="route"/> is the part of the route after <c>webhooks/</c>.</summary>
    public async Task<HttpStatusCode> SendAsync(string route, string webhookId, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_host.BaseAddress, $"api/webhooks/{route}"))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in Sign(route, webhookId, Encoding.UTF8.GetBytes(body)))
        {
            request.Headers.Add(name, value);
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    /// <summary>Sends a sample of a described service, signed with the service's key or, if it is forged, with another one.</summary>
    public async Task<HttpStatusCode> SendAsync(ProviderSamples samples, Sample sample, SampleWebhook webhook, bool isForged = false)
    {
        var (keys, body) = (_services[samples], Encoding.UTF8.GetBytes(webhook.Body));
        var signer = isForged ? samples.NewKeys().Signer : keys.Signer;
        var query = samples.TokenSetting is { } token ? $"?token={keys.Settings[token]}" : "";
        using var request = WebhookHttp.Request(
            new Uri(_host.BaseAddress, $"api/{sample.Path}{query}"), body, signer.Sign(webhook.WebhookId, body, TimeProvider.System.GetUtcNow()));
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    /// <summary>Waits until an event's state is final, and returns it with its assets.</summary>
    public async Task<(EventRow Event, IReadOnlyList<AssetRow> Assets)> EndedAsync(string space, string webhookId)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var row = await Eventually.GetAsync(
            () => _results.FindEventAsync(space, webhookId, cancellationToken), row => row is { IsFinal: true }, $"The end of {space} {webhookId}");
        return (row!, await _results.AssetsAsync(row!, cancellationToken));
    }

    /// <summary>Returns a job's row; null if there is none.</summary>
    public Task<Azure.Data.Tables.TableEntity?> JobAsync(string provider, string jobId) =>
        _host.Services.GetRequiredService<JobStore>().FindAsync(provider, jobId, TestContext.Current.CancellationToken);

    private static (string, string)[] Sign(string route, string webhookId, byte[] body)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var time = now.ToString(CultureInfo.InvariantCulture);
        return route switch
        {
            "geminigen" => [("x-signature", Signatures.Hex(Signatures.GeminiGen(SampleSettings.GeminiGenKey, webhookId)))],
            "sync" => [("Sync-Signature", Signatures.Sync(SampleSettings.SyncSecret, now, body))],
            "gemini/dynamic" =>
            [
                ("webhook-id", webhookId),
                ("webhook-signature", GeminiStandIn.Sign(
                    $$"""{"iss":"https://accounts.google.com","aud":"{{SampleSettings.Audience}}","iat":{{now}},"exp":{{now + 300}}}""")),
            ],
            _ =>
            [
                ("webhook-id", webhookId),
                ("webhook-timestamp", time),
                ("webhook-signature", Signatures.StandardWebhooks(
                    route == "gemini" ? SampleSettings.GeminiKey : SampleSettings.ReplicateKey, webhookId, time, body)),
            ],
        };
    }
}
