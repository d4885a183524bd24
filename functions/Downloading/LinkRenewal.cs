using WebhookFunctions.Model;

namespace WebhookFunctions.Downloading;

/// <summary>The result of asking a provider's API for a new link.</summary>
public abstract record LinkRenewal
{
    private LinkRenewal()
    {
    }

    /// <summary>The API returned a link.</summary>
    public sealed record Renewed(AssetSource Source) : LinkRenewal;

    /// <summary>The API returned no link.</summary>
    /// <param name="Reason">The reason, for the asset's row.</param>
    public sealed record None(string Reason) : LinkRenewal;
}
