using Microsoft.AspNetCore.Http;
using WebhookFunctions.Model;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Query of <c>GET jobs</c>.</summary>
/// <param name="Provider">Only jobs of this provider; null for all.</param>
/// <param name="Status">Only jobs with this status; null for all.</param>
/// <param name="Since">Only jobs whose event was received at or after this.</param>
/// <param name="Until">Only jobs whose event was received before this; null for all until now.</param>
/// <param name="Top">The maximum number of jobs.</param>
/// <param name="After">Only jobs after the event with this first row key in the index; null for all.</param>
public sealed record JobListQuery(string? Provider, JobStatus? Status, DateTimeOffset Since, DateTimeOffset? Until, int Top, string? After)
{
    private const string List = "jobs";

    private static readonly string Statuses = string.Join(", ", Enum.GetNames<JobStatus>());

    /// <summary>Returns the cursor for the page that follows; null at the end of the list.</summary>
    public static string? NextCursor(string? end) => end is null ? null : ListCursor.Encode(List, end);

    /// <summary>
    /// Reads <c>?provider=&amp;status=&amp;since=&amp;until=&amp;top=&amp;cursor=</c>, each of which may be missing. Returns null, and the error, if
    /// one is invalid.
    /// </summary>
    public static JobListQuery? TryRead(IQueryCollection query, out string error)
    {
        JobStatus? status = null;
        if (query["status"].ToString() is { Length: > 0 } name)
        {
            if (!Enum.TryParse<JobStatus>(name, ignoreCase: true, out var known) || char.IsAsciiDigit(name[0]) || name[0] == '-')
            {
                error = $"\"status\" must be one of {Statuses}.";
                return null;
            }

            status = known;
        }

        string? after = null;
        if (!ListParameters.TryReadTime(query, "since", out var since, out error)
            || !ListParameters.TryReadTime(query, "until", out var until, out error)
            || !ListParameters.TryReadTop(query, out var top, out error))
        {
            return null;
        }

        if (query["cursor"].ToString() is { Length: > 0 } cursor && (after = ListCursor.RowKeyOf(cursor, List)) is null)
        {
            error = "\"cursor\" must be the \"cursor\" of the previous page.";
            return null;
        }

        return new JobListQuery(query["provider"].ToString() is { Length: > 0 } provider ? provider : null, status, since ?? DateTimeOffset.MinValue, until, top, after);
    }
}
