using LocalHost.Hosting;

namespace LocalHost.Samples;

/// <summary>What one provider sends, and how it signs.</summary>
/// <remarks>Adding one is a file beside this one and a line in <see cref="All"/>.</remarks>
public abstract class ProviderSamples
{
    /// <summary>Every provider's.</summary>
    public static IReadOnlyList<ProviderSamples> All { get; } =
        [new GeminiGenSamples(), new GeminiSamples(), new GeminiDynamicSamples(), new SyncSamples(), new ReplicateSamples()];

    /// <summary>The last part of the route, behind <c>webhooks/</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The provider's name.</summary>
    public string Provider => Name.Split('/')[0];

    /// <summary>The id space of its webhooks.</summary>
    public virtual string Space => Provider;

    /// <summary>The provider's API, where the app asks it for jobs or results.</summary>
    public virtual ProviderApiSettings? Api => null;

    /// <summary>
    /// The setting with the tokens of which the URL must carry one, where they are set; null where the signature alone proves an event.
    /// </summary>
    public virtual string? TokenSetting => null;

    /// <summary>
    /// The setting with the private key that signs; not one of the app, which knows the public half only. Null where both sides share a secret.
    /// </summary>
    public virtual string? PrivateKeySetting => null;

    /// <summary>The setting with the address at which the app gets <see cref="SampleSigner.PublicKeys"/>; null where it gets keys from its settings alone.</summary>
    public virtual string? PublicKeysSetting => null;

    /// <summary>The settings by which the app checks the signatures.</summary>
    public IReadOnlyList<string> VerifyingSettings => PublicKeysSetting is { } setting ? [setting] : [.. NewKeys().Settings.Keys];

    /// <summary>The settings that turn the provider on; where there are several, each does.</summary>
    public virtual IReadOnlyList<string> EnablingSettings => VerifyingSettings;

    /// <summary>What it sends, in an order in which it may come.</summary>
    public abstract IReadOnlyList<Sample> Samples { get; }

    /// <summary>Makes keys, for an app that has none yet.</summary>
    public abstract SampleKeys NewKeys();

    /// <summary>The signer that an app with these settings believes.</summary>
    /// <exception cref="LocalHostException">The settings lack the key: the message says which, and how to get one.</exception>
    public abstract SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings);
}

/// <summary>Keys that were made for samples.</summary>
/// <param name="Settings">The app's settings that make it believe <paramref name="Signer"/>.</param>
/// <param name="Signer">Signs with them.</param>
public sealed record SampleKeys(IReadOnlyDictionary<string, string> Settings, SampleSigner Signer);

/// <summary>The settings by which the app reaches a provider's API.</summary>
/// <param name="OriginSetting">Its origin.</param>
/// <param name="KeySetting">Its key.</param>
/// <param name="KeyHeader">The header that carries the key.</param>
public sealed record ProviderApiSettings(string OriginSetting, string KeySetting, string KeyHeader);

/// <summary>Signs webhooks as a provider does.</summary>
public abstract class SampleSigner
{
    /// <summary>The document in which the provider publishes the keys that check its signatures; null where it publishes none.</summary>
    public virtual string? PublicKeys => null;

    /// <summary>Whether the time is signed too, so that a late webhook is refused.</summary>
    public abstract bool SignsTime { get; }

    /// <summary>The headers that make <paramref name="body"/> the provider's word at a time.</summary>
    public abstract IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at);
}
