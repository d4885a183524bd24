using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>Setting <c>GEMINIGEN_PUBLIC_KEY</c> turns the provider on.</summary>
public sealed class GeminiGenFactory : IProviderFactory
{
    public const string PublicKeySetting = "GEMINIGEN_PUBLIC_KEY";

    public string Name => GeminiGenProvider.ProviderName;

    public WebhookProvider? Create(ProviderSettings settings) =>
        RsaKeyRing.Read(settings, PublicKeySetting) is { } keys ? new GeminiGenProvider(new GeminiGenVerifier(keys)) : null;
}
