using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers;

/// <summary>Forms in which people and webhooks name a job.</summary>
internal static class JobIdForms
{
    /// <summary>
    /// Returns the canonical form: the id alone for an address of the job, and a UUID in lower case, because case does not matter in UUIDs (RFC
    /// 9562, section 4). Any other id stays as it is.
    /// </summary>
    /// <param name="jobId">The id in the form in which it was given.</param>
    /// <param name="addresses">The prefixes of the addresses of the provider's jobs, up to the slash before the id.</param>
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
