using WebhookFunctions.Settings;

namespace WebhookFunctions.Providers;

/// <summary>Makes a provider from its settings. One for each provider, registered in <c>AddProviders</c>.</summary>
public interface IProviderFactory
{
    /// <summary>The provider's name.</summary>
    string Name { get; }

    /// <summary>What people need to know of it: its addresses and its settings. The default: one address, and no settings.</summary>
    ProviderCard Card => ProviderCard.Of(Name);

    /// <summary>
    /// The provider, or null where its settings are not there or not sound. What is unsound is reported to <paramref name="settings"/>.
    /// Never throws for what a setting holds.
    /// </summary>
    WebhookProvider? Create(ProviderSettings settings);

    /// <summary>The settings that turn the provider on, in words for a person. The default: null, for one that needs none.</summary>
    string? NeededSettings => null;

    /// <summary>
    /// The one spelling that stands in keys for a job that may be named in several: the same as <see cref="WebhookProvider.CanonicalJobId"/>, for a provider
    /// that may be off. The default: the id as it is.
    /// </summary>
    string CanonicalJobId(string jobId) => jobId;
}
