using WebhookFunctions.Model;

namespace WebhookFunctions.Downloading;

/// <summary>What came of asking a provider's API for a new link.</summary>
public abstract record LinkRenewal
{
    private LinkRenewal()
    {
    }

    /// <summary>The API gave a link.</summary>
    public sealed record Renewed(AssetSource Source) : LinkRenewal;

    /// <summary>The API gave none.</summary>
    /// <param name="Reason">Why, in words for a person.</param>
    public sealed record None(string Reason) : LinkRenewal;
}
