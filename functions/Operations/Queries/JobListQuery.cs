using Microsoft.AspNetCore.Http;
using WebhookFunctions.Model;

namespace WebhookFunctions.Operations.Queries;

/// <summary>What <c>GET jobs</c> asks for.</summary>
/// <param name="Provider">Only jobs of this provider; null for all.</param>
/// <param name="Status">Only jobs with this status; null for all.</param>
/// <param name="Since">None whose event was received before.</param>
/// <param name="Until">None whose event was received at or after this; null for all until now.</param>
/// <param name="Top">At most so many.</param>
/// <param name="After">Only those behind the event with this first row key in the index; null for all.</param>
public sealed record JobListQuery(string? Provider, JobStatus? Status, DateTimeOffset Since, DateTimeOffset? Until, int Top, string? After)
{
    private const string List = "jobs";

    private static readonly string Statuses = string.Join(", ", Enum.GetNames<JobStatus>());

    /// <summary>Returns the cursor of a page that ended there; null at the end of the list.</summary>
    public static string? CursorBehind(string? end) => end is null ? null : ListCursor.Of(List, end);

    /// <summary>
    /// Reads <c>?provider=&amp;status=&amp;since=&amp;until=&amp;top=&amp;cursor=</c>, each of which may be missing; null, and what is wrong, where one
    /// cannot be understood.
    /// </summary>
    public static JobListQuery? TryRead(IQueryCollection query, out string error)
    {
        JobStatus? status = null;
        if (query["status"].ToString() is { Length: > 0 } name)
        {
            if (!Enum.TryParse<JobStatus>(name, ignoreCase: true, out var known) || char.IsAsciiDigit(name[0]) || name[0] == '-')
            {
                error = $"?status= is one of {Statuses}.";
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
            error = "?cursor= is the \"cursor\" of the page before.";
            return null;
        }

        return new JobListQuery(query["provider"].ToString() is { Length: > 0 } provider ? provider : null, status, since ?? DateTimeOffset.MinValue, until, top, after);
    }
}
