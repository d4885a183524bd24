using Microsoft.AspNetCore.Http;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Query of <c>GET events</c>.</summary>
/// <param name="List">The list to read.</param>
/// <param name="State">Only events in this state; null for all.</param>
/// <param name="Since">Only events that were received at or after this.</param>
/// <param name="Top">The maximum number of events.</param>
/// <param name="After">Only events after the one with this first row key in the index; null for all.</param>
public sealed record EventListQuery(EventList List, EventState? State, DateTimeOffset Since, int Top, string? After)
{
    private const string Waiting = "waiting";

    /// <summary>Whether to list only events whose results wait for a setting. The default value is false.</summary>
    public bool IsWaiting { get; init; }

    /// <summary>Reads <c>?state=&amp;since=&amp;top=&amp;cursor=</c>, each of which may be missing. Returns null, and the error, if one is
    /// invalid.</summary>
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
            error = "\"state\" must be recent (the default), unfinished, failed, waiting, or a state: Received, Downloading, Completed, CompletedWithFailures, Recorded.";
            return null;
        }

        if (!ListParameters.TryReadTime(query, "since", out var since, out error) || !ListParameters.TryReadTop(query, out var top, out error))
        {
            return null;
        }

        string? after = null;
        if (query["cursor"].ToString() is { Length: > 0 } cursor && (after = ListCursor.RowKeyOf(cursor, found.List.ToString())) is null)
        {
            error = "\"cursor\" must be the \"cursor\" of the previous page, with the same \"state\".";
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
    /// <summary>All events of the last 30 days.</summary>
    Recent,

    /// <summary>Events that have not ended.</summary>
    Unfinished,

    /// <summary>Events that failed, or some of whose assets did.</summary>
    Failed,
}
