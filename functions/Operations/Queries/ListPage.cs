using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Queries;

/// <summary>
/// A page of a list. The list itself takes one request for each of its 4 shards, and one more for each where the recent events of the page's first day do
/// not fill it. Each thousand further entries of a shard take one more. A page of 50 takes 4 or at most 8, or at most 13 where few entries match.
/// </summary>
/// <param name="Found">The items on the page. It may be short although there are more.</param>
/// <param name="End">The first row key of the last event examined; null at the end of the list.</param>
internal sealed record ListPage<T>(IReadOnlyList<T> Found, string? End)
    where T : class
{
    // The number of concurrent reads of single rows.
    private const int Concurrency = 16;

    // The maximum number of entries examined for one page, so that a search for something rare in a long list does not take minutes.
    private const int MaxLookedAt = 1000;
    private const int MaxGoneOver = 5000;

    /// <summary>
    /// Reads a page. It makes the list's requests, and those of <paramref name="find"/> for each entry that <paramref name="isMeant"/> selects.
    /// </summary>
    /// <param name="entries">The entries of the list, from the beginning of the page on.</param>
    /// <param name="top">The maximum number of items.</param>
    /// <param name="isMeant">Returns whether to examine an entry.</param>
    /// <param name="find">Returns the item of an entry; null if it does not belong on the list.</param>
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
