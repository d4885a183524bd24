using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Sync;

/// <summary>Factory of the Sync provider. Setting <c>SYNC_WEBHOOK_SECRET</c> turns it on.</summary>
public sealed class SyncFactory(OutboundHttp http, TimeProvider clock) : IProviderFactory
{
    public const string SecretSetting = "SYNC_WEBHOOK_SECRET";
    public const string PrimarySetting = "SYNC_ACCEPT_PRIMARY_SIGNATURE";

    public const string ApiKeySetting = "SYNC_API_KEY";
    public const string ApiOriginSetting = "SYNC_API_BASE_URL";

    private static readonly ApiOrigin PublicApi = ApiOrigin.From("https://api.sync.so");

    public string Name => SyncProvider.ProviderName;

    public string NeededSettings => SecretSetting;

    public ProviderCard Card { get; } = new()
    {
        Name = SyncProvider.ProviderName,
        Title = "Sync",
        Site = "https://sync.so",
        Makes = "lipsync: generations and batches",
        Signature = "HMAC over time and body",
        Routes = [new ProviderRoute(null, "Sync", [SecretSetting])],
        Settings =
        [
            new ProviderSetting(SecretSetting, "secrets, separated by spaces"),
            new ProviderSetting(PrimarySetting, "`true` accepts header `X-Signature-Primary` too, which covers no time. Default `false`") { IsSecret = false, IsFlag = true },
            new ProviderSetting(ApiKeySetting, "optional: to recover missed webhooks, and to renew expired links"),
            ProviderSetting.Origin(ApiOriginSetting),
        ],
    };

    public string CanonicalJobId(string jobId) => SyncProvider.JobIdOf(jobId);

    public WebhookProvider? Create(ProviderSettings settings)
    {
        var keys = HmacSecrets.Text(settings, SecretSetting);
        var acceptPrimary = settings.Flag(PrimarySetting);
        var origin = ApiOrigin.Read(settings, ApiOriginSetting, PublicApi);
        var apiKey = ApiKey.Read(settings, ApiKeySetting, "x-api-key");
        var jobs = apiKey is null ? null : new SyncJobs(new ProviderApi(http, origin, apiKey, clock));
        return keys is null ? null : new SyncProvider(new SyncVerifier(keys, acceptPrimary, clock), origin, apiKey, jobs);
    }
}
