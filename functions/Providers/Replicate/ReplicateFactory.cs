using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Replicate;

/// <summary>
/// Factory of the Replicate provider. Setting <c>REPLICATE_WEBHOOK_SECRET</c> turns it on. With <c>REPLICATE_API_TOKEN</c> its API is asked for jobs
/// and for new links to files.
/// </summary>
public sealed class ReplicateFactory(OutboundHttp http, TimeProvider clock) : IProviderFactory
{
    public const string SecretSetting = "REPLICATE_WEBHOOK_SECRET";
    public const string ApiTokenSetting = "REPLICATE_API_TOKEN";
    public const string ApiOriginSetting = "REPLICATE_API_BASE_URL";

    private static readonly ApiOrigin PublicApi = ApiOrigin.From("https://api.replicate.com");

    public string Name => ReplicateProvider.ProviderName;

    public string NeededSettings => SecretSetting;

    public ProviderCard Card { get; } = new()
    {
        Name = ReplicateProvider.ProviderName,
        Title = "Replicate",
        Site = "https://replicate.com",
        Makes = "predictions",
        Signature = "Standard Webhooks",
        Routes = [new ProviderRoute(null, "Replicate", [SecretSetting])],
        Settings =
        [
            new ProviderSetting(SecretSetting, "secrets (`whsec_…`), separated by spaces"),
            new ProviderSetting(ApiTokenSetting, "optional: to recover missed webhooks, and to renew expired links"),
            ProviderSetting.Origin(ApiOriginSetting),
        ],
    };

    public string CanonicalJobId(string jobId) => ReplicateProvider.JobIdOf(jobId);

    public WebhookProvider? Create(ProviderSettings settings)
    {
        var keys = HmacSecrets.Standard(settings, SecretSetting);
        var origin = ApiOrigin.Read(settings, ApiOriginSetting, PublicApi);
        var token = ApiKey.Read(settings, ApiTokenSetting, "Authorization", "Bearer ");
        var jobs = token is null ? null : new ReplicateJobs(new ProviderApi(http, origin, token, clock));
        return keys is null ? null : new ReplicateProvider(StandardWebhooks.V1.Verifier(keys, clock), jobs);
    }
}
