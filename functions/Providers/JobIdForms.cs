using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers;

/// <summary>The forms in which people and webhooks name a job.</summary>
internal static class JobIdForms
{
    /// <summary>
    /// Returns the id alone if <paramref name="jobId"/> is an address of the job, and a UUID in lower case: UUIDs are the same in either (RFC 9562, section 4).
    /// Any other id stays as it is.
    /// </summary>
    /// <param name="jobId">The id as it was named.</param>
    /// <param name="addresses">What the addresses of the provider's jobs begin with, with the slash before the id.</param>
    public static string Canonical(string jobId, params ReadOnlySpan<string> addresses)
    {
        foreach (var address in addresses)
        {
            if (jobId.StartsWith(address, StringComparison.Ordinal) && ApiOrigin.IsSegment(jobId[address.Length..]))
            {
                jobId = jobId[address.Length..];
                break;
            }
        }

        return Guid.TryParseExact(jobId, "D", out _) ? jobId.ToLowerInvariant() : jobId;
    }
}
