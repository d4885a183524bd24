using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Queries;

/// <summary>What <c>GET events</c> asks for.</summary>
/// <param name="List">The list to go through.</param>
/// <param name="State">Only events in this state; null for all of the list.</param>
/// <param name="Since">None that was received before.</param>
/// <param name="Top">At most so many.</param>
/// <param name="After">Only those behind the event with this first row key in the index; null for all.</param>
public sealed record EventListQuery(EventList List, EventState? State, DateTimeOffset Since, int Top, string? After)
{
    /// <summary>What fits a screen.</summary>
    public const int DefaultTop = 50;

    public const int MaxTop = 500;

    /// <summary>Returns the cursor of a page that ended with the event of this first row key. It holds for the list that it was given for.</summary>
    public string CursorBehind(string rowKey) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{List}/{rowKey}"));

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
            "recorded" => (EventList.Recent, EventState.Recorded),
            _ => null,
        };
        if (asked is not { } found)
        {
            error = "?state= is recent (as without it), unfinished, failed, or a state: Received, Downloading, Completed, CompletedWithFailures, Recorded.";
            return null;
        }

        var since = DateTimeOffset.MinValue;
        if (query["since"].ToString() is { Length: > 0 } time
            && !DateTimeOffset.TryParse(
                time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out since))
        {
            error = "?since= is a time in ISO 8601, such as 2026-09-01 or 2026-09-01T12:00:00Z.";
            return null;
        }

        var top = DefaultTop;
        if (query["top"].ToString() is { Length: > 0 } count
            && (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out top) || top is < 1 or > MaxTop))
        {
            error = $"?top= is a number from 1 to {MaxTop}.";
            return null;
        }

        string? after = null;
        if (query["cursor"].ToString() is { Length: > 0 } cursor && (after = RowKeyOf(cursor, found.List)) is null)
        {
            error = "?cursor= is the \"cursor\" of the page before, with the same ?state=.";
            return null;
        }

        return new EventListQuery(found.List, found.State, since, top, after);
    }

    private static string? RowKeyOf(string cursor, EventList list)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(cursor.Length)];
        return Base64Url.IsValid(cursor)
            && Base64Url.TryDecodeFromChars(cursor, bytes, out var length)
            && Encoding.ASCII.GetString(bytes, 0, length).Split('/') is [var name, var rowKey]
            && name == list.ToString()
            && EventIndexKeys.ReceivedAtOf(rowKey) is not null
                ? rowKey
                : null;
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
