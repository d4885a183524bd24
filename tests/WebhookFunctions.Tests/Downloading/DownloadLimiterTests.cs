using System.Globalization;
using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Tests.Downloading;

public sealed class DownloadLimiterTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(4)]
    [InlineData(2)]
    public void A_slow_host_with_a_full_queue_leaves_half_of_the_slots_to_the_others(int downloads)
    {
        var limiter = Limiter(downloads);
        var slow = Enumerable.Range(0, 100).Select(_ => limiter.TryEnter(Message("slow.example", 0))).OfType<IDisposable>().ToList();

        Assert.Equal(downloads / 2, slow.Count);
        Assert.All(Enumerable.Range(0, downloads / 2), i => Assert.NotNull(limiter.TryEnter(Message($"other-{i}.example", 0))));

        // Now all slots are in use, for every host.
        Assert.Null(limiter.TryEnter(Message("last.example", 0)));
        slow[0].Dispose();
        Assert.NotNull(limiter.TryEnter(Message("last.example", 0)));
    }

    [Fact]
    public void A_slot_that_is_released_twice_is_one_slot()
    {
        var limiter = Limiter(1);
        var slot = limiter.TryEnter(Message("a.example", 0))!;
        slot.Dispose();
        slot.Dispose();
        Assert.NotNull(limiter.TryEnter(Message("a.example", 0)));
        Assert.Null(limiter.TryEnter(Message("b.example", 0)));
    }

    [Fact]
    public void Free_slots_go_to_the_hosts_in_turn_and_within_a_host_to_the_download_that_has_waited_longest()
    {
        var limiter = Limiter(1);
        var running = limiter.TryEnter(Message("busy.example", 0))!;
        foreach (var (host, row) in (IEnumerable<(string, int)>)[("a.example", 0), ("a.example", 1), ("a.example", 2), ("b.example", 3), ("c.example", 4), ("b.example", 5)])
        {
            limiter.Join(Waiting(host, row));
        }

        Assert.False(limiter.TryTakeNext(out _, out _));
        running.Dispose();

        Assert.Equal([0, 3, 4, 1, 5, 2], Drain(limiter));
    }

    [Fact]
    public void A_host_whose_slots_are_in_use_is_skipped_and_keeps_its_turn()
    {
        var limiter = Limiter(2);
        var slow = limiter.TryEnter(Message("slow.example", 0))!;
        limiter.Join(Waiting("slow.example", 0));
        limiter.Join(Waiting("quick.example", 1));

        Assert.True(limiter.TryTakeNext(out var quick, out var slot));
        Assert.Equal("asset:00001", quick.Message.Row);
        Assert.False(limiter.TryTakeNext(out _, out _));
        slot.Dispose();
        Assert.False(limiter.TryTakeNext(out _, out _));
        slow.Dispose();
        Assert.True(limiter.TryTakeNext(out var waited, out _));
        Assert.Equal("asset:00000", waited.Message.Row);
    }

    [Fact]
    public void A_download_that_joins_the_line_again_keeps_its_place_with_the_later_message()
    {
        var limiter = Limiter(1);
        using (limiter.TryEnter(Message("a.example", 0)))
        {
            limiter.Join(Waiting("a.example", 0));
            limiter.Join(Waiting("a.example", 1));
            limiter.Join(new WaitingDownload(Message("a.example", 0) with { Continuation = 77 }, default));
        }

        Assert.True(limiter.TryTakeNext(out var first, out var slot));
        Assert.Equal(("asset:00000", 77), (first.Message.Row, first.Message.Continuation));
        slot.Dispose();
        Assert.Equal([1], Drain(limiter));
    }

    [Fact]
    public void The_estimate_grows_with_the_line_and_follows_how_long_downloads_last()
    {
        var limiter = Limiter(4);
        using var first = limiter.TryEnter(Message("a.example", 100));
        using var second = limiter.TryEnter(Message("a.example", 101));
        var estimates = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            estimates.Add(Estimate(i));
        }

        Assert.Equal([10, 15, 20, 25, 30], estimates);
        limiter.Record(Message("a.example", 100), TimeSpan.FromSeconds(2));
        Assert.Equal(7, Estimate(5));
        limiter.Record(Message("a.example", 100), TimeSpan.FromSeconds(10));
        Assert.Equal((3, 7.5), (Estimate(0), Estimate(3)));
        Assert.Equal(10, limiter.Join(Waiting("b.example", 0)).TotalSeconds);

        double Estimate(int row) => limiter.Join(Waiting("a.example", row)).TotalSeconds;
    }

    [Fact]
    public void Where_several_hosts_have_a_line_the_estimate_counts_their_turns_at_all_slots()
    {
        var limiter = Limiter(4);
        foreach (var host in (IEnumerable<string>)["a.example", "b.example", "c.example", "d.example"])
        {
            for (var i = 0; i < 8; i++)
            {
                limiter.Join(Waiting(host, i));
            }
        }

        // 32 downloads are ahead with four slots in all, and eight of the same host with two slots.
        Assert.Equal(90, limiter.Join(Waiting("a.example", 8)).TotalSeconds);
    }

    [Fact]
    public void Memory_holds_ten_thousand_waiting_downloads_and_no_more()
    {
        var limiter = Limiter(1);
        using (limiter.TryEnter(Message("a.example", 0)))
        {
            for (var i = 0; i < 10_005; i++)
            {
                limiter.Join(Waiting("a.example", i));
            }
        }

        Assert.Equal(10_000, Drain(limiter).Count);
    }

    private static DownloadLimiter Limiter(int downloads) => new(Options.Create(new AssetOptions { MaxDownloads = downloads }));

    private static List<int> Drain(DownloadLimiter limiter)
    {
        var rows = new List<int>();
        while (limiter.TryTakeNext(out var download, out var slot))
        {
            rows.Add(int.Parse(download.Message.Row.AsSpan("asset:".Length), CultureInfo.InvariantCulture));
            slot.Dispose();
        }

        return rows;
    }

    private static WaitingDownload Waiting(string host, int row) => new(Message(host, row), default);

    private static AssetMessage Message(string host, int row) => new()
    {
        Event = EventKey.Create("sync", "id"),
        JobId = "job",
        Row = AssetRow.KeyOf(row),
        Source = new AssetSource { Name = "video", Url = $"https://{host}/" },
        Assurance = Assurance.Signed,
        ReceivedAt = default,
        QueuedAt = default,
    };
}
