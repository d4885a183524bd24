using System.Globalization;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Bench for one asset at a source that a test scripts, with assertions on how its download ends.</summary>
public abstract class HostileSourceBench(AzuriteFixture azurite) : IAsyncLifetime
{
    private protected static readonly byte[] Content = SampleMedia.Mp4(300_000);

    private protected AzuriteFixture Azurite { get; } = azurite;

    private protected HostileServer Source { get; } = new();

    private protected AssetBench Bench { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Bench = await AssetBench.CreateAsync(
        Azurite, new Dictionary<string, string?> { ["Assets:MaxBytes"] = (1024 * 1024).ToString(CultureInfo.InvariantCulture) });

    public async ValueTask DisposeAsync()
    {
        await Bench.DisposeAsync();
        await Source.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Shortens the time limits, for tests of a slow source. With these limits other tests could fail on a busy machine.</summary>
    private protected async Task ShortenTimeoutsAsync()
    {
        await Bench.DisposeAsync();
        Bench = await AssetBench.CreateAsync(
            Azurite,
            new Dictionary<string, string?>
            {
                ["Assets:IdleTimeout"] = "00:00:00.500",
                ["Assets:AnswerTimeout"] = "00:00:02",
                ["Assets:RateWindow"] = "00:00:00.500",
            });
    }

    private protected async Task AssertFailsPermanentlyAsync(string url, string reason)
    {
        var letter = Assert.IsType<Settlement.DeadLetter>(await Bench.DeliverAsync(await Bench.AnnounceAsync(url)));
        Assert.Equal(reason, letter.Reason);
        Assert.NotEmpty(letter.Description);
        var row = await Bench.RowAsync();
        Assert.Equal(AssetState.Failed, row.State);
        Assert.Equal(1, row.Attempts);
        Assert.Equal(reason, row.ErrorCode);
        Assert.Equal(letter.Description, row.LastError);
        Assert.Empty(Bench.Queue.Sent);
        var @event = await Bench.EventAsync();
        Assert.Equal(EventState.CompletedWithFailures, @event.State);
        Assert.Equal(1, @event.AssetsFailed);
    }

    private protected async Task<AssetRow> AssertFailsTransientlyAsync(string url, string? reason)
    {
        Assert.IsType<Settlement.Complete>(await Bench.DeliverAsync(await Bench.AnnounceAsync(url)));
        var row = await Bench.RowAsync();
        Assert.Equal(AssetState.Retrying, row.State);
        Assert.Equal(1, row.Attempts);
        Assert.NotEmpty(row.LastError!);
        if (reason is not null)
        {
            Assert.Equal(reason, row.ErrorCode);
        }

        var next = Bench.Next();
        Assert.Equal(1, next.Attempt);
        Assert.Equal(row.NextAttemptAt!.Value, Bench.Queue.Sent[^1].ScheduledEnqueueTime, TimeSpan.FromSeconds(1));
        Assert.Equal(EventState.Downloading, (await Bench.EventAsync()).State);
        return row;
    }

    private protected async Task AssertStoredAsync(string url, byte[] content, string name = "video")
    {
        var message = await Bench.AnnounceAsync(new AssetSource { Name = name, Url = url });
        Assert.IsType<Settlement.Complete>(await Bench.DeliverAsync(message));
        var row = await Bench.RowAsync();
        Assert.Equal((AssetState.Stored, SampleMedia.Sha256(content)), (row.State, row.Sha256));
        Assert.Equal(content, await Bench.BytesAsync());
    }
}
