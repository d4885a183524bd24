using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>
/// Factory of the GeminiGen.AI provider. Setting <c>GEMINIGEN_PUBLIC_KEY</c> turns it on. Its signature proves little, so
/// <c>GEMINIGEN_WEBHOOK_TOKEN</c> requires a token in the URL, or <c>GEMINIGEN_API_KEY</c> lets the API confirm the events.
/// </summary>
public sealed class GeminiGenFactory(OutboundHttp http, TimeProvider clock) : IProviderFactory
{
    public const string PublicKeySetting = "GEMINIGEN_PUBLIC_KEY";
    public const string TokenSetting = "GEMINIGEN_WEBHOOK_TOKEN";
    public const string ApiKeySetting = "GEMINIGEN_API_KEY";
    public const string ApiOriginSetting = "GEMINIGEN_API_BASE_URL";

    private static readonly ApiOrigin PublicApi = ApiOrigin.From("https://api.geminigen.ai");

    public string Name => GeminiGenProvider.ProviderName;

    public string NeededSettings => PublicKeySetting;

    public ProviderCard Card { get; } = new()
    {
        Name = GeminiGenProvider.ProviderName,
        Title = "GeminiGen.AI",
        Site = "https://geminigen.ai",
        Makes = "speech, video, image",
        Signature = "RSA over the event id",
        Routes = [new ProviderRoute(null, "GeminiGen.AI", [PublicKeySetting]) { ProvenBy = [TokenSetting, ApiKeySetting] }],
        Settings =
        [
            new ProviderSetting(PublicKeySetting, "GeminiGen.AI's public key in PEM; several one after the other during a rotation; `\\n` escapes are accepted") { IsSecret = false },
            new ProviderSetting(TokenSetting, "optional: [tokens](#tokens) of which the URL must carry one"),
            new ProviderSetting(ApiKeySetting, "optional: without a token, each event is confirmed by the history API"),
            ProviderSetting.Origin(ApiOriginSetting),
        ],
    };

    public string CanonicalJobId(string jobId) => GeminiGenProvider.JobIdOf(jobId);

    public WebhookProvider? Create(ProviderSettings settings)
    {
        var keys = RsaKeyRing.Read(settings, PublicKeySetting);
        var tokens = UrlTokens.Read(settings, TokenSetting);
        var origin = ApiOrigin.Read(settings, ApiOriginSetting, PublicApi);
        var history = ApiKey.Read(settings, ApiKeySetting, "x-api-key") is { } key ? new GeminiGenHistory(new ProviderApi(http, origin, key, clock)) : null;
        return keys is null ? null : new GeminiGenProvider(new WebhookEndpoint(null, new GeminiGenVerifier(keys)) { IsProof = false, Tokens = tokens }, history);
    }
}
