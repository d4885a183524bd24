using System.Net;
using LocalHost.Samples;

namespace LocalHost.Commands;

/// <summary>Hints at the settings to compare if a deployment refused a sample. They contain names, never values.</summary>
internal static class RefusalHints
{
    /// <summary>Returns what to check; null if the status says enough.</summary>
    /// <param name="status">The deployment's answer.</param>
    /// <param name="provider">The provider of the sample.</param>
    /// <param name="deployment">The address to which it was sent, without a query, which may contain a token.</param>
    public static string? For(HttpStatusCode status, ProviderSamples provider, Uri deployment) => status switch
    {
        HttpStatusCode.NotFound =>
            $"404: {provider.Name} is off at {deployment.GetLeftPart(UriPartial.Authority)}: set {string.Join(" or ", provider.EnablingSettings)} there, and start it again. "
            + "If that is set, it is malformed: the log at the start and health/details say how. Any other server answers 404, too.",
        HttpStatusCode.BadRequest => $"400: {Mismatch(provider)}",
        HttpStatusCode.ServiceUnavailable => "503: the webhook was not kept. A provider sends it again; health/details says what is unavailable.",
        _ => null,
    };

    private static string Mismatch(ProviderSamples provider)
    {
        var settings = string.Join(" and ", provider.VerifyingSettings);
        var keys = provider.PrivateKeySetting is { } privateKey
            ? $"the private key here ({privateKey} or --private-key) belongs to no public key of {settings} there."
            : $"{settings} here and there differ.";
        var token = provider.TokenSetting is { } tokens ? $" Or {tokens} there holds tokens, and {tokens} here none of them." : "";
        return $"{keys}{token} Or the clocks differ by more than five minutes.";
    }
}
