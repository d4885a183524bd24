using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Queries;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests of where a page of a list ends. <see cref="ListRequestTests"/> counts the requests of a page.</summary>
public sealed class ListPageTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _clock = new(Now);
    private int _scanned;
    private int _examined;

    [Fact]
    public async Task A_page_ends_when_it_is_full_and_no_further_row_is_scanned()
    {
        var page = await PageAsync(Entries(100), top: 50, isCandidate: _ => true, find: entry => entry.Event);

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"sync:id-{i}"), page.Found);
        Assert.Equal(KeyOf(49), page.End);
        Assert.Equal(50, _examined);
    }

    [Fact]
    public async Task The_last_page_of_a_list_has_no_end()
    {
        var page = await PageAsync(Entries(20), top: 50, isCandidate: _ => true, find: entry => entry.Event);

        Assert.Equal((20, null), (page.Found.Count, page.End));
    }

    [Fact]
    public async Task A_page_without_matching_rows_ends_after_a_thousand_of_them()
    {
        var page = await PageAsync(Entries(10_000), top: 50, isCandidate: _ => true, find: _ => null);

        // Sixteen rows are read at once.
        Assert.Equal((0, 1_008, KeyOf(1_007)), (page.Found.Count, _examined, page.End));
    }

    [Fact]
    public async Task A_page_without_candidates_ends_after_five_thousand_entries()
    {
        var page = await PageAsync(Entries(10_000), top: 50, isCandidate: _ => false, find: entry => entry.Event);

        Assert.Equal((0, 0, 5_000, KeyOf(4_999)), (page.Found.Count, _examined, _scanned, page.End));
    }

    [Fact]
    public async Task A_page_ends_after_the_time_for_a_request_with_what_it_has_found()
    {
        var page = await PageAsync(Entries(100), top: 50, isCandidate: _ => true, find: entry =>
        {
            _clock.Advance(OperatorTimes.WorkLimit / 16);
            return entry.Event;
        });

        Assert.Equal((16, KeyOf(15)), (page.Found.Count, page.End));
    }

    [Fact]
    public async Task An_event_that_is_listed_several_times_is_on_the_page_once()
    {
        var page = await PageAsync([.. Entries(5), .. Entries(5)], top: 50, isCandidate: _ => true, find: entry => entry.Event);

        Assert.Equal((5, 5, null), (page.Found.Count, _examined, page.End));
    }

    private Task<ListPage<string>> PageAsync(
        IEnumerable<EventIndexEntry> entries, int top, Func<EventIndexEntry, bool> isCandidate, Func<EventIndexEntry, string?> find) =>
        ListPage<string>.ReadAsync(
            entries.ToAsyncEnumerable(),
            top,
            entry =>
            {
                _scanned++;
                return isCandidate(entry);
            },
            entry =>
            {
                _examined++;
                return Task.FromResult(find(entry));
            },
            _clock);

    private static IEnumerable<EventIndexEntry> Entries(int count) =>
        Enumerable.Range(0, count).Select(i => new EventIndexEntry { Event = $"sync:id-{i}", ReceivedAt = Now.AddMinutes(-i) });

    private static string KeyOf(int i) => EventIndexKeys.RowKeyOf($"sync:id-{i}", Now.AddMinutes(-i), 0);
}
