using Microsoft.AspNetCore.Http;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Queries;

/// <summary>What <c>GET events</c> asks for.</summary>
/// <param name="List">The list to go through.</param>
/// <param name="State">Only events in this state; null for all of the list.</param>
/// <param name="Since">Only events that were received at or after this.</param>
/// <param name="Top">At most so many.</param>
/// <param name="After">Only those behind the event with this first row key in the index; null for all.</param>
public sealed record EventListQuery(EventList List, EventState? State, DateTimeOffset Since, int Top, string? After)
{
    private const string Waiting = "waiting";

    /// <summary>Whether only events are listed whose results wait for a setting. The default value is false.</summary>
    public bool IsWaiting { get; init; }

    /// <summary>Reads <c>?state=&amp;since=&amp;top=&amp;cursor=</c>, each of which may be missing; null, and what is wrong, where one cannot be understood.</summary>
    public static EventListQuery? TryRead(IQueryCollection query, out string error)
    {
        error = "";
        var state = query["state"].ToString();
        (EventList List, EventState? State)? asked = state.ToLowerInvariant() switch
        {
            "" or "recent" => (EventList.Recent, null),
            "unfinished" => (EventList.Unfinished, null),
            "failed" => (EventList.Failed, null),
            "received" => (EventList.Unfinished, EventState.Received),
            "downloading" => (EventList.Unfinished, EventState.Downloading),
            "completedwithfailures" => (EventList.Failed, EventState.CompletedWithFailures),
            "completed" => (EventList.Recent, EventState.Completed),
            "recorded" or Waiting => (EventList.Recent, EventState.Recorded),
            _ => null,
        };
        if (asked is not { } found)
        {
            error = "?state= is recent (as without it), unfinished, failed, waiting, or a state: Received, Downloading, Completed, CompletedWithFailures, Recorded.";
            return null;
        }

        if (!ListParameters.TryReadTime(query, "since", out var since, out error) || !ListParameters.TryReadTop(query, out var top, out error))
        {
            return null;
        }

        string? after = null;
        if (query["cursor"].ToString() is { Length: > 0 } cursor && (after = ListCursor.RowKeyOf(cursor, found.List.ToString())) is null)
        {
            error = "?cursor= is the \"cursor\" of the page before, with the same ?state=.";
            return null;
        }

        return new EventListQuery(found.List, found.State, since ?? DateTimeOffset.MinValue, top, after)
        {
            IsWaiting = state.Equals(Waiting, StringComparison.OrdinalIgnoreCase),
        };
    }
}

/// <summary>The lists of <see cref="EventIndex"/>.</summary>
public enum EventList
{
    /// <summary>Every event of the last days.</summary>
    Recent,

    /// <summary>What has not ended.</summary>
    Unfinished,

    /// <summary>What ended without something that it should have brought.</summary>
    Failed,
}
