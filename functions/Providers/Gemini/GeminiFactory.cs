using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>
/// Setting <c>GEMINI_WEBHOOK_SECRET</c> turns static webhooks on, <c>GEMINI_WEBHOOK_AUDIENCE</c> dynamic ones: without an audience, a token that was
/// made for anybody would do.
/// </summary>
public sealed class GeminiFactory(OutboundHttp http, TimeProvider clock) : IProviderFactory
{
    public const string SecretSetting = "GEMINI_WEBHOOK_SECRET";
    public const string AudienceSetting = "GEMINI_WEBHOOK_AUDIENCE";
    public const string IssuersSetting = "GEMINI_WEBHOOK_ISSUERS";
    public const string JwksSetting = "GEMINI_JWKS_URL";
    public const string ApiKeySetting = "GEMINI_API_KEY";
    public const string ApiOriginSetting = "GEMINI_API_BASE_URL";

    /// <summary>The last part of the dynamic webhooks' route.</summary>
    public const string DynamicMode = "dynamic";

    private static readonly Uri PublicJwks = GeminiResults.Public.At(".well-known/jwks.json");

    // Seen with the scheme and without; no document says.
    private static readonly string[] StandardIssuers = ["https://accounts.google.com", "accounts.google.com"];

    public string Name => GeminiProvider.ProviderName;

    public WebhookProvider? Create(ProviderSettings settings)
    {
        List<WebhookEndpoint> endpoints = [];
        if (HmacSecrets.Standard(settings, SecretSetting) is { } keys)
        {
            endpoints.Add(new WebhookEndpoint(null, new StandardWebhooksVerifier(keys, clock)));
        }

        var jwks = ApiOrigin.Address(settings, JwksSetting, PublicJwks);
        if (settings.List(AudienceSetting) is { Count: > 0 } audiences)
        {
            var issuers = settings.List(IssuersSetting) is { Count: > 0 } configured ? configured : StandardIssuers;
            endpoints.Add(new WebhookEndpoint(DynamicMode, new GeminiTokenVerifier(new JwksCache(http, jwks, clock), audiences, issuers, clock)));
        }

        var origin = ApiOrigin.Read(settings, ApiOriginSetting, GeminiResults.Public);
        var apiKey = ApiKey.Read(settings, ApiKeySetting, "x-goog-api-key");
        var results = new GeminiResults(origin, apiKey);
        var jobs = apiKey is null ? null : new GeminiJobs(new ProviderApi(http, origin, apiKey, clock), results);
        return endpoints.Count > 0 ? new GeminiProvider(endpoints, results, jobs) : null;
    }
}
