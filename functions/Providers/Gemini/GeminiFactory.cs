using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>Setting <c>GEMINI_WEBHOOK_SECRET</c> turns static webhooks on.</summary>
public sealed class GeminiFactory(TimeProvider clock) : IProviderFactory
{
    public const string SecretSetting = "GEMINI_WEBHOOK_SECRET";
    public const string ApiKeySetting = "GEMINI_API_KEY";
    public const string ApiOriginSetting = "GEMINI_API_BASE_URL";

    public string Name => GeminiProvider.ProviderName;

    public WebhookProvider? Create(ProviderSettings settings)
    {
        var origin = ApiOrigin.Read(settings, ApiOriginSetting, GeminiResults.Public);
        var results = new GeminiResults(origin, settings.Text(ApiKeySetting));
        return HmacSecrets.Standard(settings, SecretSetting) is { } keys
            ? new GeminiProvider([new WebhookEndpoint(null, new StandardWebhooksVerifier(keys, clock))], results)
            : null;
    }
}
