using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers;

/// <summary>Forms in which people and webhooks name a job.</summary>
internal static class JobIdForms
{
    // Any text in an address, such as the name of a model.
    private const char Any = '*';

    /// <summary>
    /// Returns the canonical form: the id alone for an address of the job, and a UUID in lower case, because case does not matter in UUIDs (RFC
    /// 9562, section 4). Any other id stays as it is.
    /// </summary>
    /// <param name="jobId">The id in the form in which it was given.</param>
    /// <param name="addresses">
    /// The beginnings of the addresses of the provider's jobs, up to the id. One <c>*</c> in an address stands for any text. What follows the id does
    /// not matter.
    /// </param>
    public static string Canonical(string jobId, params ReadOnlySpan<string> addresses)
    {
        foreach (var address in addresses)
        {
            if (After(jobId, address) is { } rest)
            {
                var end = rest.AsSpan().IndexOfAny("/?&#");
                var id = end < 0 ? rest : rest[..end];
                if (ApiOrigin.IsSegment(id))
                {
                    jobId = id;
                    break;
                }
            }
        }

        return Guid.TryParseExact(jobId, "D", out _) ? jobId.ToLowerInvariant() : jobId;
    }

    /// <summary>Returns what follows the address in the text; null if the text does not begin with it.</summary>
    private static string? After(string text, string address)
    {
        var any = address.IndexOf(Any, StringComparison.Ordinal);
        if (any < 0)
        {
            return text.StartsWith(address, StringComparison.Ordinal) ? text[address.Length..] : null;
        }

        var (start, marker) = (address[..any], address[(any + 1)..]);
        return text.StartsWith(start, StringComparison.Ordinal) && text.IndexOf(marker, start.Length, StringComparison.Ordinal) is >= 0 and var found
            ? text[(found + marker.Length)..]
            : null;
    }
}
