using LocalHost.Hosting;

namespace LocalHost.Samples;

/// <summary>Samples of one provider, with its signer.</summary>
/// <remarks>To add a provider, add a class in this folder and a line in <see cref="All"/>.</remarks>
public abstract class ProviderSamples
{
    /// <summary>The samples of every provider.</summary>
    public static IReadOnlyList<ProviderSamples> All { get; } =
    [
        new GeminiGenSamples(), new GeminiSamples(), new GeminiDynamicSamples(), new SyncSamples(), new ReplicateSamples(),
        new FalSamples(), new BflSamples(), new HeyGenSamples(), new OpenRouterSamples(), new LeonardoSamples(),
    ];

    /// <summary>The last part of the route, after <c>webhooks/</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The provider's name.</summary>
    public string Provider => Name.Split('/')[0];

    /// <summary>The id space of its webhooks.</summary>
    public virtual string Space => Provider;

    /// <summary>The provider's API, if the app asks it for jobs or results.</summary>
    public virtual ProviderApiSettings? Api => null;

    /// <summary>
    /// The setting with the URL tokens, if the signature alone does not prove an event; otherwise null.
    /// </summary>
    public virtual string? TokenSetting => null;

    /// <summary>
    /// The setting with the private signing key. The app does not have it, because it knows only the public key. Null if both sides share a secret.
    /// </summary>
    public virtual string? PrivateKeySetting => null;

    /// <summary>The setting with the address of <see cref="SampleSigner.PublicKeys"/>; null if the app reads keys only from its settings.</summary>
    public virtual string? PublicKeysSetting => null;

    /// <summary>The settings with which the app verifies the signatures.</summary>
    public IReadOnlyList<string> VerifyingSettings => PublicKeysSetting is { } setting ? [setting] : [.. NewKeys().Settings.Keys];

    /// <summary>The settings that turn the provider on. One of them is enough.</summary>
    public virtual IReadOnlyList<string> EnablingSettings => VerifyingSettings;

    /// <summary>The samples, in an order in which they could arrive.</summary>
    public abstract IReadOnlyList<Sample> Samples { get; }

    /// <summary>Creates keys for an app without keys.</summary>
    public abstract SampleKeys NewKeys();

    /// <summary>Returns a signer whose webhooks an app with these settings accepts.</summary>
    /// <exception cref="LocalHostException">The key is missing from the settings. The message names the setting, and says how to get a key.</exception>
    public abstract SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings);
}

/// <summary>Keys that were created for samples.</summary>
/// <param name="Settings">The app settings with which webhooks of <paramref name="Signer"/> are accepted.</param>
/// <param name="Signer">The signer.</param>
public sealed record SampleKeys(IReadOnlyDictionary<string, string> Settings, SampleSigner Signer);

/// <summary>Settings with which the app reaches a provider's API.</summary>
/// <param name="OriginSetting">The setting with its origin.</param>
/// <param name="KeySetting">The setting with its key.</param>
/// <param name="KeyHeader">The header that carries the key.</param>
public sealed record ProviderApiSettings(string OriginSetting, string KeySetting, string KeyHeader);

/// <summary>Signer that signs webhooks as a provider does.</summary>
public abstract class SampleSigner
{
    /// <summary>The document in which the provider publishes its keys; null if it publishes none.</summary>
    public virtual string? PublicKeys => null;

    /// <summary>Gets whether the signature covers the time, so that the app rejects an old webhook.</summary>
    public abstract bool SignsTime { get; }

    /// <summary>Returns the headers that sign <paramref name="body"/> at a time.</summary>
    public abstract IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at);
}
