using WebhookFunctions.Settings;

namespace WebhookFunctions.Providers;

/// <summary>Makes a provider from its settings. One for each provider, registered in <c>AddProviders</c>.</summary>
public interface IProviderFactory
{
    /// <summary>The provider's name.</summary>
    string Name { get; }

    /// <summary>
    /// The provider, or null where its settings are not there or not sound. What is unsound is reported to <paramref name="settings"/>.
    /// Never throws for what a setting holds.
    /// </summary>
    WebhookProvider? Create(ProviderSettings settings);

    /// <summary>The one spelling that stands in keys for a job that may be named in several. The default: the id as it is.</summary>
    string CanonicalJobId(string jobId) => jobId;
}
