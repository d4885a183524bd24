namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>Links as the provider's API spells them.</summary>
internal static class GeminiGenLinks
{
    // Where the provider's own clients look for what has no host.
    private const string Cdn = "https://cdn.geminigen.ai/";

    /// <summary>Returns the link with a host: one that is only a path lies below the provider's own.</summary>
    public static string Absolute(string link) =>
        link.Contains(':', StringComparison.Ordinal) || link.StartsWith("//", StringComparison.Ordinal) ? link : Cdn + link.TrimStart('/');
}
