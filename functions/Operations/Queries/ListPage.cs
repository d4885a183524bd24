using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Queries;

/// <summary>
/// Page of a list. The list takes one request for each of its 4 shards, and another for each thousand further entries of a shard. Recent events take
/// one more for each shard if the page's first day does not fill it. A page of 50 takes 4 to 8 requests, and at most 13 if few entries match.
/// </summary>
/// <param name="Found">The items on the page. It may be short although there are more.</param>
/// <param name="End">The first row key of the last event examined; null at the end of the list.</param>
internal sealed record ListPage<T>(IReadOnlyList<T> Found, string? End)
    where T : class
{
    // The number of concurrent reads of single rows.
    private const int Concurrency = 16;

    // The maximum number of entries whose rows are read, and of entries that are passed over, for one page. A search for something rare in a long
    // list would otherwise take minutes.
    private const int MaxExamined = 1000;
    private const int MaxScanned = 5000;

    /// <summary>
    /// Reads a page. It makes the list's requests, and those of <paramref name="find"/> for each entry that <paramref name="isCandidate"/> selects.
    /// </summary>
    /// <param name="entries">The entries of the list, from the beginning of the page on.</param>
    /// <param name="top">The maximum number of items.</param>
    /// <param name="isCandidate">Returns whether to examine an entry.</param>
    /// <param name="find">Returns the item of an entry; null if it does not belong on the list.</param>
    /// <param name="clock">Measures the time after which a page ends.</param>
    public static async Task<ListPage<T>> ReadAsync(
        IAsyncEnumerable<EventIndexEntry> entries, int top, Func<EventIndexEntry, bool> isCandidate, Func<EventIndexEntry, Task<T?>> find, TimeProvider clock)
    {
        var started = clock.GetTimestamp();
        List<T> found = [];
        HashSet<string> seen = [];
        List<EventIndexEntry> piece = [];
        var (examined, scanned) = (0, 0);
        string? end = null;
        await foreach (var entry in entries)
        {
            if (piece.Count == 0
                && (found.Count == top || examined >= MaxExamined || scanned >= MaxScanned || clock.GetElapsedTime(started) >= OperatorTimes.WorkLimit))
            {
                return new ListPage<T>(found, end);
            }

            scanned++;
            end = EventIndexKeys.RowKeyOf(entry.Event, entry.ReceivedAt, 0);
            if (isCandidate(entry) && seen.Add(entry.Event))
            {
                piece.Add(entry);
            }

            if (piece.Count == Math.Min(Concurrency, top - found.Count) || scanned >= MaxScanned)
            {
                await ExamineAsync();
            }
        }

        await ExamineAsync();
        return new ListPage<T>(found, null);

        async Task ExamineAsync()
        {
            examined += piece.Count;
            found.AddRange((await Task.WhenAll(piece.Select(find))).OfType<T>());
            piece.Clear();
        }
    }
}
