using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Sync;

/// <summary>Setting <c>SYNC_WEBHOOK_SECRET</c> turns the provider on.</summary>
public sealed class SyncFactory(TimeProvider clock) : IProviderFactory
{
    public const string SecretSetting = "SYNC_WEBHOOK_SECRET";
    public const string PrimarySetting = "SYNC_ACCEPT_PRIMARY_SIGNATURE";

    public string Name => SyncProvider.ProviderName;

    public WebhookProvider? Create(ProviderSettings settings)
    {
        var acceptPrimary = settings.Flag(PrimarySetting);
        return HmacSecrets.Text(settings, SecretSetting) is { } keys ? new SyncProvider(new SyncVerifier(keys, acceptPrimary, clock)) : null;
    }
}
