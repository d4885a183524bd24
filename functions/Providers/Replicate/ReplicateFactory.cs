using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Replicate;

/// <summary>Setting <c>REPLICATE_WEBHOOK_SECRET</c> turns the provider on.</summary>
public sealed class ReplicateFactory(TimeProvider clock) : IProviderFactory
{
    public const string SecretSetting = "REPLICATE_WEBHOOK_SECRET";

    public string Name => ReplicateProvider.ProviderName;

    public string NeededSettings => SecretSetting;

    public string CanonicalJobId(string jobId) => ReplicateProvider.JobIdOf(jobId);

    public WebhookProvider? Create(ProviderSettings settings) =>
        HmacSecrets.Standard(settings, SecretSetting) is { } keys ? new ReplicateProvider(new StandardWebhooksVerifier(keys, clock)) : null;
}
