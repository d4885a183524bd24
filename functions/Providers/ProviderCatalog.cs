using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Providers;

/// <summary>A provider with its configuration.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Provider">The provider; null if it is off.</param>
/// <param name="Problems">The invalid settings because of which it is off. Empty if they are only missing.</param>
/// <param name="NeededSettings">The settings that turn it on, as text for an operator; null if it needs none.</param>
public sealed record ConfiguredProvider(string Name, WebhookProvider? Provider, IReadOnlyList<SettingProblem> Problems, string? NeededSettings)
{
    /// <summary>What would improve a provider that is off or weak, as text for an operator; null if nothing is left to set.</summary>
    public string? Note => Problems.Count > 0 ? string.Join("; ", Problems.Select(problem => $"{problem.Setting} {problem.Reason}"))
        : Provider is null && NeededSettings is not null ? $"set {NeededSettings}"
        : Weakness;

    /// <summary>Why the events of a provider that is on are not proven, and what would prove them, as text for an operator; null if they are
    /// proven.</summary>
    public string? Weakness => Provider is { IsWeak: true }
        ? $"The signature alone does not prove its events, which stay unconfirmed: set {Provider.ProofSettings}."
        : null;
}

/// <summary>
/// Catalog of the providers, which decides once at start which of them are on. A provider with any invalid setting is off, and the others run. With
/// none on, the app still starts, because Gemini issues its secret only once the address is registered.
/// </summary>
public sealed class ProviderCatalog
{
    private readonly Dictionary<string, WebhookProvider> _on;
    private readonly IReadOnlyList<IProviderFactory> _factories;

    public ProviderCatalog(IEnumerable<IProviderFactory> factories, IConfiguration configuration, IOptions<OutboundOptions> outbound)
    {
        _factories = [.. factories];
        All = [.. _factories.Select(factory => Configure(factory, new ProviderSettings(configuration, outbound.Value.AllowLoopback)))];
        _on = All.Where(p => p.Provider is not null).ToDictionary(p => p.Name, p => p.Provider!, StringComparer.Ordinal);
    }

    /// <summary>Every provider that the app knows, on or off.</summary>
    public IReadOnlyList<ConfiguredProvider> All { get; }

    /// <summary>Returns whether there is a provider with that name, on or off. A provider that is off may have stored events.</summary>
    public bool Knows(string? name) => All.Any(provider => provider.Name == name);

    /// <summary>
    /// Returns the card of the provider at <c>webhooks/{name}/{mode}</c>, on or off; null if the app has no such address. Case does not matter.
    /// </summary>
    public ProviderCard? CardAt(string name, string? mode) => _factories
        .Select(factory => factory.Card)
        .FirstOrDefault(card => card.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            && card.Routes.Any(route => string.Equals(route.Mode, mode, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Gets the provider with that name, if it is on.</summary>
    public bool TryGet(string? name, [NotNullWhen(true)] out WebhookProvider? provider)
    {
        provider = null;
        return name is not null && _on.TryGetValue(name, out provider);
    }

    /// <summary>Returns the canonical spelling of a job's id, for a provider that is on or off. It is idempotent.</summary>
    public string CanonicalJobId(string provider, string jobId) =>
        GenerationEvent.BoundJobId(_factories.FirstOrDefault(factory => factory.Name == provider)?.CanonicalJobId(jobId) ?? jobId);

    private static ConfiguredProvider Configure(IProviderFactory factory, ProviderSettings settings)
    {
        var provider = factory.Create(settings);
        return new ConfiguredProvider(factory.Name, settings.Problems.Count == 0 ? provider : null, settings.Problems, factory.NeededSettings);
    }
}
