using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>
/// Setting <c>GEMINIGEN_PUBLIC_KEY</c> turns the provider on. Its signature proves little: <c>GEMINIGEN_WEBHOOK_TOKEN</c> is demanded of its URL,
/// and <c>GEMINIGEN_API_KEY</c> has its events confirmed.
/// </summary>
public sealed class GeminiGenFactory(OutboundHttp http, TimeProvider clock) : IProviderFactory
{
    public const string PublicKeySetting = "GEMINIGEN_PUBLIC_KEY";
    public const string TokenSetting = "GEMINIGEN_WEBHOOK_TOKEN";
    public const string ApiKeySetting = "GEMINIGEN_API_KEY";
    public const string ApiOriginSetting = "GEMINIGEN_API_BASE_URL";

    private static readonly ApiOrigin PublicApi = ApiOrigin.Of("https://api.geminigen.ai");

    public string Name => GeminiGenProvider.ProviderName;

    public string NeededSettings => PublicKeySetting;

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
