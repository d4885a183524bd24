using Microsoft.Extensions.Options;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;

namespace WebhookFunctions.Recording;

/// <summary>Policy that decides from which hosts an asset may be fetched, by how far its link is proven.</summary>
public sealed class AssetHosts(IOptions<AssetHostOptions> options)
{
    private readonly IReadOnlyList<string> _added = options.Value.AllowedHostList;
    private readonly bool _alwaysBinds = options.Value.RestrictToAllowedHosts;

    /// <summary>Returns the hosts to which any hop of a download may lead; null if the link is proven and every public host is allowed.</summary>
    public HostList? For(WebhookProvider provider, Assurance assurance) =>
        assurance.IsProven() && !_alwaysBinds ? null : new HostList([.. provider.AssetHosts, .. _added]);

    /// <summary>
    /// Returns whether a download may begin at <paramref name="link"/>. An unconfirmed download may begin only at a host that the provider alone
    /// controls, or that a setting adds. On a shared host, the sender may have chosen the bytes.
    /// </summary>
    public bool MayBeginAt(Uri link, WebhookProvider provider, Assurance assurance) =>
        assurance.IsProven() || (For(provider, assurance)!.Allows(link) && !SharedHosts.Contains(link));

    /// <summary>Returns <paramref name="source"/>. If its link is not proven and begins at a host that is not allowed, it is marked as not to be
    /// fetched, with the reason.</summary>
    public AssetSource Restrict(AssetSource source, WebhookProvider provider, Assurance assurance) =>
        source.IsFetched
        && Uri.TryCreate(source.Url, UriKind.Absolute, out var link)
        && !MayBeginAt(link, provider, assurance)
            ? source with { ExternalReason = Reason(link, provider) }
            : source;

    /// <summary>Returns the event with <see cref="Restrict(AssetSource, WebhookProvider, Assurance)"/> applied to each of its assets.</summary>
    public GenerationEvent Restrict(GenerationEvent generation, WebhookProvider provider) =>
        generation with { Assets = [.. generation.Assets.Select(source => Restrict(source, provider, generation.Assurance))] };

    /// <summary>Returns why an unconfirmed asset at <paramref name="link"/> is not fetched, as text for an operator.</summary>
    public static string Reason(Uri link, WebhookProvider provider) =>
        $"Nothing proves this link, and {link.IdnHost} is not a host that only the provider controls."
        + (provider.ProofSettings is { } settings ? $" With {settings} set, such a link is proven and fetched." : "");
}
