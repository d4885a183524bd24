using LocalHost.Hosting;
using LocalHost.Samples;
using WebhookFunctions.Verification;

namespace LocalHost.Commands;

/// <summary>Where <c>send</c> posts to.</summary>
internal static class SampleTarget
{
    /// <summary>
    /// The address of a sample at a deployment, with the token that the settings name for its URL; with a path that holds <c>webhooks/</c>, that very address.
    /// </summary>
    /// <exception cref="LocalHostException">It is no address.</exception>
    public static Uri Address(string deployment, Sample sample, string? token)
    {
        if (!Uri.TryCreate(deployment, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new LocalHostException($"'{deployment}' is no http or https address.");
        }

        var path = url.AbsolutePath.TrimEnd('/');
        return path.Contains("/webhooks/", StringComparison.OrdinalIgnoreCase)
            ? url
            : new Uri($"{url.GetLeftPart(UriPartial.Authority)}{(path.Length == 0 ? $"/{LocalHostApp.RoutePrefix}" : path)}/{sample.Path}{(token is null ? "" : $"?{UrlTokens.Parameter}={token}")}");
    }

    /// <summary>Where the other routes of the deployment are that <see cref="Address"/> is an address at, with a slash at the end.</summary>
    public static Uri Api(Uri address)
    {
        var path = address.GetLeftPart(UriPartial.Path);
        return new Uri(path[..(path.LastIndexOf("/webhooks/", StringComparison.OrdinalIgnoreCase) + 1)]);
    }
}
