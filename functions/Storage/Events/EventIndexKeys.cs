using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>
/// Keys of table <c>UnfinishedEvents</c>: a partition for each shard of a list, with rows sorted by receipt, newest first.
/// </summary>
internal static partial class EventIndexKeys
{
    /// <summary>
    /// The number of partitions over which each list is spread. It must not change: an entry is looked up in the shard that its event's hash names.
    /// </summary>
    /// <remarks>
    /// A partition takes 2,000 entities a second, and an account 20,000 table requests
    /// (https://learn.microsoft.com/azure/storage/tables/scalability-targets; 40,000 where a region has a higher limit). An event without assets
    /// makes 7 requests, one of them to the recent events. An event with one asset makes 15, two of them to the unfinished ones. At the account's
    /// limit a list gets 2,900 writes a second, more than a partition takes. With four shards each gets 720, and 1,430 at the higher limit. Each
    /// further shard would cost every reader of a list one more request.
    /// </remarks>
    public const int Shards = 4;

    public const string Unfinished = "unfinished";
    public const string Failed = "failed";

    /// <summary>The prefix of the partitions of the list of recent events. Each partition holds one day of one shard.</summary>
    public const string Recent = "recent";

    /// <summary>Returns the shard of an event, by its hash. It is the same in every list.</summary>
    public static int ShardOf(string @event) => Digest(@event)[0] % Shards;

    /// <summary>Returns the partition of a shard of the unfinished or the failed events. For the recent events, returns the common prefix of the
    /// shard's partitions.</summary>
    public static string PartitionOf(string list, int shard) => string.Create(CultureInfo.InvariantCulture, $"{list}:{shard}");

    /// <summary>
    /// Returns the partition of the recent events of a shard and of the day of <paramref name="receivedAt"/>, UTC:
    /// <c>recent:{shard}:{days left until the end of time}:{yyyyMMdd}</c>. Later days sort first, so one query reads many days with the newest first.
    /// </summary>
    /// <remarks>Each day has its own partition, so that removing old entries does not use up the throughput of the partition that grows.</remarks>
    public static string RecentOf(int shard, DateTimeOffset receivedAt)
    {
        var day = DateOnly.FromDateTime(receivedAt.UtcDateTime);
        return string.Create(
            CultureInfo.InvariantCulture, $"{PartitionOf(Recent, shard)}:{DateOnly.MaxValue.DayNumber - day.DayNumber:D7}:{day:yyyyMMdd}");
    }

    /// <summary>Returns the row key of an event. A reopened event gets another key, so that a delayed delete cannot remove its new entry.</summary>
    public static string RowKeyOf(string @event, DateTimeOffset receivedAt, int reopenings)
    {
        var key = $"{Inverted(receivedAt)}:{Convert.ToHexStringLower(Digest(@event))}";
        return reopenings == 0 ? key : string.Create(CultureInfo.InvariantCulture, $"{key}:{reopenings}");
    }

    /// <summary>Returns the time of receipt in the first row key of an event; null if <paramref name="rowKey"/> is not such a key.</summary>
    public static DateTimeOffset? ReceivedAtOf(string rowKey) =>
        FirstRowKey().IsMatch(rowKey)
        && long.TryParse(rowKey.AsSpan(0, 19), NumberStyles.None, CultureInfo.InvariantCulture, out var inverted)
        && inverted <= DateTime.MaxValue.Ticks
            ? new DateTimeOffset(DateTime.MaxValue.Ticks - inverted, TimeSpan.Zero)
            : null;

    /// <summary>Returns the time as a key that sorts later times first: Azure Tables sort upwards only.</summary>
    public static string Inverted(DateTimeOffset time) =>
        (DateTime.MaxValue.Ticks - time.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);

    private static ReadOnlySpan<byte> Digest(string @event) => SHA256.HashData(KeyEncoding.Utf8(@event)).AsSpan(0, 8);

    [GeneratedRegex(@"\A[0-9]{19}:[0-9a-f]{16}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FirstRowKey();
}
