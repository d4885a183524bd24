using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>Setting <c>GEMINIGEN_PUBLIC_KEY</c> turns the provider on, <c>GEMINIGEN_API_KEY</c> the confirmation of its events.</summary>
public sealed class GeminiGenFactory(OutboundHttp http, TimeProvider clock) : IProviderFactory
{
    public const string PublicKeySetting = "GEMINIGEN_PUBLIC_KEY";
    public const string ApiKeySetting = "GEMINIGEN_API_KEY";
    public const string ApiOriginSetting = "GEMINIGEN_API_BASE_URL";

    private static readonly ApiOrigin PublicApi = ApiOrigin.Of("https://api.geminigen.ai");

    public string Name => GeminiGenProvider.ProviderName;

    public WebhookProvider? Create(ProviderSettings settings)
    {
        var keys = RsaKeyRing.Read(settings, PublicKeySetting);
        var origin = ApiOrigin.Read(settings, ApiOriginSetting, PublicApi);
        var history = ApiKey.Read(settings, ApiKeySetting, "x-api-key") is { } key ? new GeminiGenHistory(new ProviderApi(http, origin, key, clock)) : null;
        return keys is null ? null : new GeminiGenProvider(new GeminiGenVerifier(keys), history);
    }
}
