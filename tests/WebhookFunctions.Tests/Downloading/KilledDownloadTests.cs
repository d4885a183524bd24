using System.Globalization;
using Azure.Storage.Blobs.Models;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.EndToEnd;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests that kill the whole app at random moments of downloads.</summary>
public sealed class KilledDownloadTests(AzuriteFixture azurite, ITestOutputHelper output) : IAsyncDisposable
{
    private const int AssetBytes = 4 * 1024 * 1024;
    private const int PieceBytes = 64 * 1024;

    // The most that a kill loses of an asset: the block that is being uploaded, the one that is being read, and 512 KiB in the sockets.
    private const int LostBytes = 1024 * 1024;

    private static readonly TimeSpan BetweenPieces = TimeSpan.FromMilliseconds(20);

    private readonly HostileServer _source = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly AppKeys _keys = new();
    private readonly Random _random = new(11);
    private readonly Dictionary<string, byte[]> _jobs = [];
    private long _sent;

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public Task Killed_ten_times_every_asset_ends_as_one_blob_and_little_was_sent_twice() => KillAsync(10);

    // Each kill requires another start of the app, which takes minutes in all.
    [Fact(Explicit = true)]
    public Task Killed_fifty_times_every_asset_ends_as_one_blob_and_little_was_sent_twice() => KillAsync(50);

    private async Task KillAsync(int kills)
    {
        var account = await azurite.NewAccountAsync();
        var settings = _keys.Settings(account);
        settings["Assets__BlockBytes"] = (256 * 1024).ToString(CultureInfo.InvariantCulture);
        settings["Assets__BlocksInFlight"] = "1";
        settings["Assets__LeaseTime"] = "00:00:05";
        var storage = await AzuriteStorage.StorageAsync(account);
        var events = storage.OpenEvents();
        for (var kill = 0; kill < kills; kill++)
        {
            var requestsBefore = _source.Requests.Count;
            await using var killedApp = await AppProcess.StartAsync(settings, _directory.Path);

            // Kills the process within a download: some time after it has requested one.
            await Eventually.TrueAsync(
                async () =>
                {
                    if (!await IsAnyInProgressAsync(events))
                    {
                        await AnnounceAsync(killedApp);
                    }

                    return _source.Requests.Count > requestsBefore;
                },
                "A download");
            await Task.Delay(_random.Next(0, 700), TestContext.Current.CancellationToken);
            await killedApp.Process.KillAsync();
        }

        await using (await AppProcess.StartAsync(settings, _directory.Path))
        {
            foreach (var job in _jobs.Keys)
            {
                await Eventually.TrueAsync(async () => (await FindAsync(events, job)) is { IsFinal: true }, $"The end of {job}");
            }
        }

        foreach (var (job, content) in _jobs)
        {
            var row = await events.FindAssetAsync(KeyOf(job), AssetRow.KeyOf(0), TestContext.Current.CancellationToken);
            Assert.Equal((AssetState.Stored, SampleMedia.Sha256(content)), (row!.State, row.Sha256));
            var blobs = await storage.Assets
                .GetBlobsAsync(BlobTraits.None, BlobStates.None, BlobNames.JobPrefix("sync", job), TestContext.Current.CancellationToken)
                .ToListAsync(TestContext.Current.CancellationToken);
            Assert.Equal(row.Blob, Assert.Single(blobs).Name);
            var stored = await storage.Assets.GetBlobClient(row.Blob).DownloadContentAsync(TestContext.Current.CancellationToken);
            Assert.Equal(content, stored.Value.Content.ToArray());
        }

        var size = (long)_jobs.Count * AssetBytes;
        output.WriteLine($"{kills} kills, {_jobs.Count} assets of {AssetBytes} bytes, {_source.Requests.Count} GETs, {_sent / (double)size:0.00} times their size was sent.");
        Assert.InRange(_sent, size, size + ((long)kills * LostBytes));
    }

    private static string KeyOf(string job) => EventKey.Create("sync", $"{job}:COMPLETED").PartitionKey;

    private static Task<EventRow?> FindAsync(EventStore events, string job) => events.FindAsync(KeyOf(job), TestContext.Current.CancellationToken);

    private async Task<bool> IsAnyInProgressAsync(EventStore events)
    {
        foreach (var job in _jobs.Keys)
        {
            if (await FindAsync(events, job) is not { IsFinal: true })
            {
                return true;
            }
        }

        return false;
    }

    private async Task AnnounceAsync(AppProcess app)
    {
        var job = Guid.NewGuid().ToString();
        var content = SampleMedia.Mp4(AssetBytes, seed: _jobs.Count);
        _jobs.Add(job, content);
        await app.AnnounceAsync(_keys, job, _source.On($"/{job}.mp4", exchange => ServeSlowlyAsync(exchange, content)));
    }

    /// <summary>Serves content with ranges, at about 3 MiB a second.</summary>
    private async Task ServeSlowlyAsync(Exchange exchange, byte[] content)
    {
        const string Tag = "\"v1\"";
        var from = (int)(exchange.Request.RangeFrom ?? 0);
        exchange.LimitUnsent(PieceBytes);
        await exchange.SendAsync(
            (from == 0 ? "HTTP/1.1 200 OK\r\n" : $"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{content.Length - 1}/{content.Length}\r\n")
            + $"Content-Type: video/mp4\r\nETag: {Tag}\r\nContent-Length: {content.Length - from}\r\n\r\n");
        for (var at = from; at < content.Length; at += PieceBytes)
        {
            var piece = content.AsMemory(at, Math.Min(PieceBytes, content.Length - at));
            await exchange.SendAsync(piece);
            Interlocked.Add(ref _sent, piece.Length);
            await Task.Delay(BetweenPieces, exchange.Stopping);
        }
    }
}
