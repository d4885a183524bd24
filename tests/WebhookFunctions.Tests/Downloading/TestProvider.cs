using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Provider whose hosts, key, API and manifests a test sets.</summary>
internal sealed class TestProvider : WebhookProvider
{
    public const string ProviderName = "geminigen";

    public override string Name => ProviderName;

    public override IReadOnlyList<WebhookEndpoint> Endpoints => [];

    public override IReadOnlyList<string> AssetHosts => Hosts;

    public IReadOnlyList<string> Hosts { get; set; } = [];

    /// <summary>Gets or sets the authority to which the key is sent; null for none.</summary>
    public string? ApiAuthority { get; set; }

    /// <summary>Gets or sets a function that returns the API's answer about a job; null if links cannot be renewed.</summary>
    public Func<string, Task<Confirmation>>? Renew { get; set; }

    public TimeSpan? Life { get; set; }

    public string? MissingSetting { get; set; }

    public override TimeSpan? LinkLife => Life;

    public override TimeSpan? Retention => Life;

    public override string? RenewalSetting => MissingSetting;

    public override string? RenewalKey(string jobId, string assetName) => Renew is null ? null : jobId;

    public override async ValueTask<Confirmation> RenewAsync(string key, CancellationToken cancellationToken) => await Renew!(key);

    /// <summary>Gets or sets a function that returns the assets of a manifest.</summary>
    public Func<Stream, IAsyncEnumerable<AssetSource>>? Manifest { get; set; }

    public override string? Identify(WebhookRequest request) => null;

    /// <summary>Gets or sets a function that interprets events; null for events without assets.</summary>
    public Func<ReceivedEvent, GenerationEvent>? Interpretation { get; set; }

    public override GenerationEvent Interpret(ReceivedEvent received) => Interpretation?.Invoke(received) ?? new() { EventType = "test" };

    public override void Authorize(HttpRequestMessage request)
    {
        if (request.RequestUri!.Authority == ApiAuthority)
        {
            request.Headers.Add("x-goog-api-key", "the key");
        }
    }

    public override IAsyncEnumerable<AssetSource> ExpandAsync(string documentName, Stream content, CancellationToken cancellationToken) =>
        Manifest?.Invoke(content) ?? base.ExpandAsync(documentName, content, cancellationToken);
}

internal sealed class TestProviderFactory(TestProvider provider) : IProviderFactory
{
    public string Name => provider.Name;

    public WebhookProvider Create(ProviderSettings settings) => provider;
}
