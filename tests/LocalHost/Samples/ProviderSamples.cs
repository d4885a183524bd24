using LocalHost.Hosting;

namespace LocalHost.Samples;

/// <summary>What one provider sends, and how it signs.</summary>
/// <remarks>Adding one is a file beside this one and a line in <see cref="All"/>.</remarks>
public abstract class ProviderSamples
{
    /// <summary>Every provider's.</summary>
    public static IReadOnlyList<ProviderSamples> All { get; } = [new GeminiGenSamples(), new GeminiSamples(), new SyncSamples(), new ReplicateSamples()];

    /// <summary>The provider's name.</summary>
    public abstract string Name { get; }

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

/// <summary>Signs webhooks as a provider does.</summary>
public abstract class SampleSigner
{
    /// <summary>Whether the time is signed too, so that a late webhook is refused.</summary>
    public abstract bool SignsTime { get; }

    /// <summary>The headers that make <paramref name="body"/> the provider's word at a time.</summary>
    public abstract IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at);
}
