using Microsoft.Extensions.Options;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;

namespace WebhookFunctions.Recording;

/// <summary>Decides from which hosts an asset may be fetched, by how far its link is proven.</summary>
public sealed class AssetHosts(IOptions<AssetHostOptions> options)
{
    private readonly IReadOnlyList<string> _added = options.Value.AllowedHostList;
    private readonly bool _alwaysBinds = options.Value.RestrictToAllowedHosts;

    /// <summary>The hosts to which any hop of a download may lead; null where the link is proven and every public host is good.</summary>
    public HostList? For(WebhookProvider provider, Assurance assurance) =>
        assurance.IsProven() && !_alwaysBinds ? null : new HostList([.. provider.AssetHosts, .. _added]);

    /// <summary>
    /// Whether a download may begin at <paramref name="link"/>. For an unconfirmed one, only at a host that the provider alone controls, or that a setting
    /// adds: on a shared host, the sender chose the bytes.
    /// </summary>
    public bool MayBeginAt(Uri link, WebhookProvider provider, Assurance assurance) =>
        assurance.IsProven() || (For(provider, assurance)!.Allows(link) && !SharedHosts.Contains(link));

    /// <summary><paramref name="source"/>, or a record of why it is not fetched, where its link is not proven and begins at a host that it may not.</summary>
    public AssetSource HoldBack(AssetSource source, WebhookProvider provider, Assurance assurance) =>
        source.IsFetched
        && Uri.TryCreate(source.Url, UriKind.Absolute, out var link)
        && !MayBeginAt(link, provider, assurance)
            ? source with { ExternalReason = Reason(link, provider) }
            : source;

    /// <summary>Returns the event with each of its assets as <see cref="HoldBack(AssetSource, WebhookProvider, Assurance)"/> decides.</summary>
    public GenerationEvent HoldBack(GenerationEvent generation, WebhookProvider provider) =>
        generation with { Assets = [.. generation.Assets.Select(source => HoldBack(source, provider, generation.Assurance))] };

    /// <summary>Why an unconfirmed asset at <paramref name="link"/> is not fetched, in words for a person.</summary>
    public static string Reason(Uri link, WebhookProvider provider) =>
        $"Nothing proves this link, and {link.IdnHost} is not a host that only the provider controls."
        + (provider.ProofSettings is { } settings ? $" With {settings} set, such a link is proven and fetched." : "");
}
