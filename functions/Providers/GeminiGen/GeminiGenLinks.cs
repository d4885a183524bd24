namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>Converter of links as the provider's API spells them.</summary>
internal static class GeminiGenLinks
{
    // The host that the provider's own clients use for links without one.
    private const string Cdn = "https://cdn.geminigen.ai/";

    /// <summary>Returns the link with a host. A link that is only a path is below the provider's own host.</summary>
    public static string Absolute(string link) =>
        link.Contains(':', StringComparison.Ordinal) || link.StartsWith("//", StringComparison.Ordinal) ? link : Cdn + link.TrimStart('/');
}
