using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>The keys of table <c>UnfinishedEvents</c>: a partition for each list, rows in the order of receipt with the newest first.</summary>
internal static partial class EventIndexKeys
{
    public const string Unfinished = "unfinished";
    public const string Failed = "failed";

    /// <summary>What the partitions of the list of recent events begin with; each holds one day.</summary>
    public const string Recent = "recent";

    /// <summary>
    /// Returns the list of recent events of the day of <paramref name="receivedAt"/>, UTC: <c>recent:{days left until the end of time}:{yyyyMMdd}</c>.
    /// Later days sort first, so one query reads all days with the newest first.
    /// </summary>
    public static string RecentOf(DateTimeOffset receivedAt)
    {
        var day = DateOnly.FromDateTime(receivedAt.UtcDateTime);
        return string.Create(CultureInfo.InvariantCulture, $"{Recent}:{DateOnly.MaxValue.DayNumber - day.DayNumber:D7}:{day:yyyyMMdd}");
    }

    /// <summary>Returns the row key of an event. A reopened event gets another key, so that a delayed delete cannot remove its new entry.</summary>
    public static string RowKeyOf(string @event, DateTimeOffset receivedAt, int reopenings)
    {
        var key = $"{Inverted(receivedAt)}:{Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8(@event)).AsSpan(0, 8))}";
        return reopenings == 0 ? key : string.Create(CultureInfo.InvariantCulture, $"{key}:{reopenings}");
    }

    /// <summary>Returns when an event was received whose first row key is <paramref name="rowKey"/>; null if it is no such key.</summary>
    public static DateTimeOffset? ReceivedAtOf(string rowKey) =>
        FirstRowKey().IsMatch(rowKey)
        && long.TryParse(rowKey.AsSpan(0, 19), NumberStyles.None, CultureInfo.InvariantCulture, out var inverted)
        && inverted <= DateTime.MaxValue.Ticks
            ? new DateTimeOffset(DateTime.MaxValue.Ticks - inverted, TimeSpan.Zero)
            : null;

    /// <summary>Returns the time as a key that sorts later times first: Azure Tables sort upwards only.</summary>
    public static string Inverted(DateTimeOffset time) =>
        (DateTime.MaxValue.Ticks - time.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A[0-9]{19}:[0-9a-f]{16}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FirstRowKey();
}
