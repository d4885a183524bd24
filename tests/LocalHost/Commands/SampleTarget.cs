using LocalHost.Hosting;
using LocalHost.Samples;
using WebhookFunctions.Verification;

namespace LocalHost.Commands;

/// <summary>Addresses that <c>send</c> uses.</summary>
internal static class SampleTarget
{
    /// <summary>
    /// Returns the address of a sample at a deployment, with the URL token from the settings. If the path contains <c>webhooks/</c>, returns the
    /// address unchanged.
    /// </summary>
    /// <exception cref="LocalHostException"><paramref name="deployment"/> is not an address.</exception>
    public static Uri Address(string deployment, Sample sample, string? token)
    {
        if (!Uri.TryCreate(deployment, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new LocalHostException($"'{deployment}' is not an http or https address.");
        }

        var path = url.AbsolutePath.TrimEnd('/');
        return path.Contains("/webhooks/", StringComparison.OrdinalIgnoreCase)
            ? url
            : new Uri($"{url.GetLeftPart(UriPartial.Authority)}{(path.Length == 0 ? $"/{LocalHostApp.RoutePrefix}" : path)}/{sample.Path}{(token is null ? "" : $"?{UrlTokens.Parameter}={token}")}");
    }

    /// <summary>Returns the address of the other routes of the deployment to which <paramref name="address"/> belongs, with a slash at the
    /// end.</summary>
    public static Uri Api(Uri address)
    {
        var path = address.GetLeftPart(UriPartial.Path);
        return new Uri(path[..(path.LastIndexOf("/webhooks/", StringComparison.OrdinalIgnoreCase) + 1)]);
    }
}
