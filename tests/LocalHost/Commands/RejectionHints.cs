using System.Net;
using LocalHost.Samples;

namespace LocalHost.Commands;

/// <summary>Hints at the settings to compare if a deployment rejected a sample. They contain names, never values.</summary>
internal static class RejectionHints
{
    /// <summary>Returns a hint; null if the status needs none.</summary>
    /// <param name="status">The deployment's answer.</param>
    /// <param name="provider">The provider of the sample.</param>
    /// <param name="deployment">The address to which it was sent. It must have no query, because that may contain a token.</param>
    public static string? For(HttpStatusCode status, ProviderSamples provider, Uri deployment) => status switch
    {
        HttpStatusCode.NotFound =>
            $"404: {provider.Name} is off at {deployment.GetLeftPart(UriPartial.Authority)}: set {string.Join(" or ", provider.EnablingSettings)} there, and start it again. "
            + "If that is set, its value is malformed: see the log of the start, or health/details. A server that is not this app also answers 404.",
        HttpStatusCode.BadRequest => $"400: {Mismatch(provider)}",
        HttpStatusCode.ServiceUnavailable => "503: the webhook was not enqueued. A provider would send it again. health/details shows what is unavailable.",
        _ => null,
    };

    private static string Mismatch(ProviderSamples provider)
    {
        var settings = string.Join(" and ", provider.VerifyingSettings);
        var keys = provider.PrivateKeySetting is { } privateKey
            ? $"the private key here ({privateKey} or --private-key) matches no public key in the deployment's {settings}."
            : $"{settings} has another value here than in the deployment.";
        var token = provider.TokenSetting is { } tokens ? $" Or the deployment's {tokens} holds tokens, and {tokens} here is not one of them." : "";
        return $"{keys}{token} Or the clocks differ by more than five minutes.";
    }
}
