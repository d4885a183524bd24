using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>A provider whose hosts, key and manifests a test sets.</summary>
internal sealed class TestProvider : WebhookProvider
{
    public const string ProviderName = "geminigen";

    public override string Name => ProviderName;

    public override IReadOnlyList<WebhookEndpoint> Endpoints => [];

    public override IReadOnlyList<string> AssetHosts => Hosts;

    public IReadOnlyList<string> Hosts { get; set; } = [];

    /// <summary>The authority to which the key is sent; null for none.</summary>
    public string? ApiAuthority { get; set; }

    /// <summary>The API's answer for a renewal's key, which is the job; null where links cannot be renewed.</summary>
    public Func<string, Task<Confirmation>>? Renew { get; set; }

    public TimeSpan? Life { get; set; }

    public string? MissingSetting { get; set; }

    public override TimeSpan? LinkLife => Life;

    public override TimeSpan? Retention => Life;

    public override string? RenewalSetting => MissingSetting;

    public override string? RenewalKey(string jobId, string assetName) => Renew is null ? null : jobId;

    public override async ValueTask<Confirmation> RenewAsync(string key, CancellationToken cancellationToken) => await Renew!(key);

    /// <summary>The assets that a manifest names.</summary>
    public Func<Stream, IAsyncEnumerable<AssetSource>>? Manifest { get; set; }

    public override string? Identify(WebhookRequest request) => null;

    /// <summary>The interpretation of its events; null for none.</summary>
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
