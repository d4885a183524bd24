using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Queries;

/// <summary>
/// A page of a list. The list itself takes one request for each of its 4 shards, and one more for each where the recent events of the page's first day do
/// not fill it. Each thousand further entries of a shard take one more. A page of 50 takes 4 or at most 8, or at most 13 where few entries match.
/// </summary>
/// <param name="Found">What is on it. A page may be short although there is more.</param>
/// <param name="End">The first row key of the last event that was gone over; null at the end of the list.</param>
internal sealed record ListPage<T>(IReadOnlyList<T> Found, string? End)
    where T : class
{
    // Reads of single rows under way at a time.
    private const int Concurrency = 16;

    // Rows that are read for one page, and entries that are gone over: what is rare in a long list must not take minutes.
    private const int MaxLookedAt = 1000;
    private const int MaxGoneOver = 5000;

    /// <summary>
    /// Reads a page: what the list takes, and what <paramref name="find"/> takes for each entry that <paramref name="isMeant"/> lets through.
    /// </summary>
    /// <param name="entries">The list, from where the page begins.</param>
    /// <param name="top">At most so many.</param>
    /// <param name="isMeant">Whether an entry is looked at.</param>
    /// <param name="find">Returns what an entry stands for; null if that does not belong into the list.</param>
    /// <param name="clock">Measures the time after which a page ends.</param>
    public static async Task<ListPage<T>> ReadAsync(
        IAsyncEnumerable<EventIndexEntry> entries, int top, Func<EventIndexEntry, bool> isMeant, Func<EventIndexEntry, Task<T?>> find, TimeProvider clock)
    {
        var started = clock.GetTimestamp();
        List<T> found = [];
        HashSet<string> seen = [];
        List<EventIndexEntry> piece = [];
        var (lookedAt, goneOver) = (0, 0);
        string? end = null;
        await foreach (var entry in entries)
        {
            if (piece.Count == 0
                && (found.Count == top || lookedAt >= MaxLookedAt || goneOver >= MaxGoneOver || clock.GetElapsedTime(started) >= OperatorTimes.Enough))
            {
                return new ListPage<T>(found, end);
            }

            goneOver++;
            end = EventIndexKeys.RowKeyOf(entry.Event, entry.ReceivedAt, 0);
            if (isMeant(entry) && seen.Add(entry.Event))
            {
                piece.Add(entry);
            }

            if (piece.Count == Math.Min(Concurrency, top - found.Count) || goneOver >= MaxGoneOver)
            {
                await LookAsync();
            }
        }

        await LookAsync();
        return new ListPage<T>(found, null);

        async Task LookAsync()
        {
            lookedAt += piece.Count;
            found.AddRange((await Task.WhenAll(piece.Select(find))).OfType<T>());
            piece.Clear();
        }
    }
}
