using WebhookFunctions.Settings;

namespace WebhookFunctions.Providers;

/// <summary>Factory of a provider that creates it from its settings. There is one for each provider, registered in <c>AddProviders</c>.</summary>
public interface IProviderFactory
{
    /// <summary>The provider's name.</summary>
    string Name { get; }

    /// <summary>The provider's addresses and settings, for operators. The default is one address and no settings.</summary>
    ProviderCard Card => ProviderCard.Minimal(Name);

    /// <summary>
    /// Creates the provider. Returns null if its settings are missing or invalid; invalid ones are reported to <paramref name="settings"/>. Never
    /// throws for what a setting contains.
    /// </summary>
    WebhookProvider? Create(ProviderSettings settings);

    /// <summary>The settings that turn the provider on, as text for an operator. The default value is null, for a provider that needs none.</summary>
    string? NeededSettings => null;

    /// <summary>
    /// Returns the canonical spelling of a job's id: the same as <see cref="WebhookProvider.CanonicalJobId"/>, but also for a provider that is off.
    /// The default is the id itself.
    /// </summary>
    string CanonicalJobId(string jobId) => jobId;
}
