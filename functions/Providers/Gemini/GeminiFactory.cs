using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>
/// Factory of the Gemini provider. Setting <c>GEMINI_WEBHOOK_SECRET</c> turns static webhooks on. Dynamic ones are signed with keys that serve all
/// of Google's customers, so they need another proof that they are meant for this deployment. That is <c>GEMINI_WEBHOOK_TOKEN</c> in their URL, or
/// <c>GEMINI_API_KEY</c>, with which the API confirms them. <c>GEMINI_WEBHOOK_AUDIENCE</c> turns their JWT form on: without an audience, a token for
/// anybody would be accepted.
/// </summary>
public sealed class GeminiFactory(OutboundHttp http, TimeProvider clock) : IProviderFactory
{
    public const string SecretSetting = "GEMINI_WEBHOOK_SECRET";
    public const string TokenSetting = "GEMINI_WEBHOOK_TOKEN";
    public const string AudienceSetting = "GEMINI_WEBHOOK_AUDIENCE";
    public const string IssuersSetting = "GEMINI_WEBHOOK_ISSUERS";
    public const string JwksSetting = "GEMINI_JWKS_URL";
    public const string ApiKeySetting = "GEMINI_API_KEY";
    public const string ApiOriginSetting = "GEMINI_API_BASE_URL";

    /// <summary>The last part of the dynamic webhooks' route.</summary>
    public const string DynamicMode = "dynamic";

    private static readonly Uri PublicJwks = GeminiResults.Public.At(".well-known/jwks.json");

    // Observed with and without the scheme; it is not documented.
    private static readonly string[] StandardIssuers = ["https://accounts.google.com", "accounts.google.com"];

    public string Name => GeminiProvider.ProviderName;

    public string NeededSettings => $"{SecretSetting} (static webhooks), or {TokenSetting}, {ApiKeySetting} or {AudienceSetting} (dynamic ones)";

    public ProviderCard Card { get; } = new()
    {
        Name = GeminiProvider.ProviderName,
        Title = "Google's Gemini API",
        Site = "https://ai.google.dev/gemini-api/docs/webhooks",
        Makes = "batches, video, interactions",
        Signature = "Standard Webhooks: HMAC (static) or Ed25519 (dynamic)",
        Routes =
        [
            new ProviderRoute(null, "Google Gemini, static", [SecretSetting]),
            new ProviderRoute(DynamicMode, "Google Gemini, dynamic", [TokenSetting, ApiKeySetting, AudienceSetting]) { ProvenBy = [TokenSetting, ApiKeySetting] },
        ],
        Settings =
        [
            new ProviderSetting(SecretSetting, "secrets of static webhooks (`whsec_…`), separated by spaces"),
            new ProviderSetting(TokenSetting, "turns dynamic webhooks on: [tokens](#tokens) of which their URL must carry one"),
            new ProviderSetting(AudienceSetting, "accepts dynamic webhooks as JWTs too: the audience that these must name") { IsSecret = false },
            new ProviderSetting(IssuersSetting, $"who may have issued these JWTs, default `{string.Join(' ', StandardIssuers)}`") { IsSecret = false, IsInSample = false },
            new ProviderSetting(ApiKeySetting, "to download results from the Files API and to ask for batches and interactions; turns dynamic webhooks on too, which the API then confirms"),
            ProviderSetting.Origin(ApiOriginSetting),
            new ProviderSetting(JwksSetting, $"default `{PublicJwks}`") { IsSecret = false, IsDeployed = false },
        ],
    };

    public string CanonicalJobId(string jobId) => GeminiResults.JobId(jobId);

    public WebhookProvider? Create(ProviderSettings settings)
    {
        List<WebhookEndpoint> endpoints = [];
        if (HmacSecrets.Standard(settings, SecretSetting) is { } keys)
        {
            endpoints.Add(new WebhookEndpoint(null, StandardWebhooks.V1.Verifier(keys, clock)));
        }

        var tokens = UrlTokens.Read(settings, TokenSetting);
        var origin = ApiOrigin.Read(settings, ApiOriginSetting, GeminiResults.Public);
        var apiKey = ApiKey.Read(settings, ApiKeySetting, "x-goog-api-key");
        var published = new JwksCache(http, ApiOrigin.Address(settings, JwksSetting, PublicJwks), clock);
        var signatures = tokens is null && apiKey is null ? null : StandardWebhooks.V1A.Verifier(published, clock);
        var jwts = settings.List(AudienceSetting) is { Count: > 0 } audiences
            ? new GeminiTokenVerifier(published, audiences, settings.List(IssuersSetting) is { Count: > 0 } issuers ? issuers : StandardIssuers, clock)
            : null;
        if (signatures is not null || jwts is not null)
        {
            endpoints.Add(new WebhookEndpoint(DynamicMode, new GeminiDynamicVerifier(signatures, jwts)) { IsProof = false, Tokens = tokens });
        }

        var results = new GeminiResults(origin, apiKey);
        var jobs = apiKey is null ? null : new GeminiJobs(new ProviderApi(http, origin, apiKey, clock), results);
        return endpoints.Count > 0 ? new GeminiProvider(endpoints, results, jobs) : null;
    }
}
