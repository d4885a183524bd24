using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading;

namespace WebhookFunctions.Tests.Downloading;

public sealed class DownloadLimiterTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(4)]
    [InlineData(2)]
    public async Task A_slow_host_with_a_full_queue_leaves_half_of_the_places_to_the_others(int downloads)
    {
        using var gate = new DownloadLimiter(Options.Create(new AssetOptions { MaxDownloads = downloads }));
        var slow = new List<IDisposable>();
        for (var i = 0; i < 100; i++)
        {
            if (await gate.EnterAsync("slow.example", TestContext.Current.CancellationToken) is { } place)
            {
                slow.Add(place);
            }
        }

        Assert.Equal(downloads / 2, slow.Count);
        for (var i = 0; i < downloads / 2; i++)
        {
            var entering = gate.EnterAsync($"other-{i}.example", TestContext.Current.CancellationToken);
            Assert.True(entering.IsCompletedSuccessfully);
            Assert.NotNull(await entering);
        }

        // Now all are taken: the next one waits for a place, of whichever host.
        var waiting = gate.EnterAsync("last.example", TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        slow[0].Dispose();
        Assert.NotNull(await waiting);
    }

    [Fact]
    public async Task A_place_that_is_left_twice_is_one_place()
    {
        using var gate = new DownloadLimiter(Options.Create(new AssetOptions { MaxDownloads = 1 }));
        var place = await gate.EnterAsync("a.example", TestContext.Current.CancellationToken);
        place!.Dispose();
        place.Dispose();
        Assert.NotNull(await gate.EnterAsync("a.example", TestContext.Current.CancellationToken));
        Assert.False(gate.EnterAsync("b.example", TestContext.Current.CancellationToken).IsCompleted);
    }
}
