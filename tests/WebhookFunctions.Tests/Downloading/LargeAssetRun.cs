using System.Globalization;
using System.Security.Cryptography;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.EndToEnd;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>
/// Run that downloads assets of 3 and 10 GiB end to end, in a separate process with the default settings, and compares its memory with that for a small
/// asset. It takes minutes and gigabytes of disk, so it runs only on demand:
/// <c>dotnet test tests/WebhookFunctions.Tests --filter FullyQualifiedName~LargeAssetRun --logger "console;verbosity=detailed" -- xUnit.Explicit=only</c>.
/// </summary>
public sealed class LargeAssetRun(AzuriteFixture azurite, ITestOutputHelper output) : IAsyncDisposable
{
    private const long GiB = 1024 * 1024 * 1024;
    private const long SmallBytes = 100 * 1024 * 1024;
    private const int PieceBytes = 1024 * 1024;

    // Allows for the runtime's variation. A whole asset in memory would take thirty times as much.
    private const long Tolerance = 100 * 1024 * 1024;

    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(30);

    private readonly HostileServer _source = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly AppKeys _keys = new();

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _directory.Dispose();
    }

    [Theory(Explicit = true)]
    [InlineData(3)]
    [InlineData(10)]
    public async Task A_large_asset_takes_no_more_memory_than_a_small_one(int gibibytes)
    {
        var bytes = gibibytes * GiB;
        var cancellation = TestContext.Current.CancellationToken;
        var account = await azurite.NewAccountAsync();
        var storage = await AzuriteStorage.StorageAsync(account);
        var events = storage.OpenEvents();
        var settings = _keys.Settings(account);
        settings["Assets__MaxBytes"] = bytes.ToString(CultureInfo.InvariantCulture);
        await using var app = await AppProcess.StartAsync(settings, _directory.Path);

        await StoreAsync(app, events, SmallBytes);
        var small = app.Process.PeakMemory;
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        var row = await StoreAsync(app, events, bytes);
        var elapsed = clock.GetElapsedTime(started);
        var large = app.Process.PeakMemory;

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{bytes:N0} bytes in {elapsed.TotalSeconds:0} s, {bytes / elapsed.TotalSeconds / 1024 / 1024:0} MiB/s. "
            + $"Peak memory: {small / 1024 / 1024} MiB after {SmallBytes:N0} bytes, {large / 1024 / 1024} MiB after {bytes:N0}."));
        Assert.InRange(large, 0, small + Tolerance);

        await using var stored = await storage.Assets.GetBlobClient(row.Blob).OpenReadAsync(cancellationToken: cancellation);
        Assert.Equal(row.Sha256, Convert.ToHexStringLower(await SHA256.HashDataAsync(stored, cancellation)));
        await storage.Assets.DeleteBlobAsync(row.Blob, cancellationToken: cancellation);
    }

    private async Task<AssetRow> StoreAsync(AppProcess app, EventStore events, long bytes)
    {
        var job = Guid.NewGuid().ToString();
        var key = EventKey.Create("sync", $"{job}:COMPLETED").PartitionKey;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await app.AnnounceAsync(_keys, job, _source.On($"/{job}.mp4", exchange => ServeAsync(exchange, bytes, hash)));

        var waited = TimeProvider.System.GetTimestamp();
        while (await events.FindAsync(key, TestContext.Current.CancellationToken) is not { IsFinal: true })
        {
            Assert.True(TimeProvider.System.GetElapsedTime(waited) < MaxDuration);
            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        }

        var row = (await events.FindAssetAsync(key, AssetRow.KeyOf(0), TestContext.Current.CancellationToken))!;
        Assert.Equal((AssetState.Stored, bytes), (row.State, row.Bytes));
        Assert.Equal(Convert.ToHexStringLower(hash.GetHashAndReset()), row.Sha256);
        return row;
    }

    /// <summary>Generates the bytes while it sends them. Each piece is the first one with its number written into it.</summary>
    private static async Task ServeAsync(Exchange exchange, long bytes, IncrementalHash hash)
    {
        await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: \"v1\"\r\nContent-Length: {bytes}\r\n\r\n");
        var piece = SampleMedia.Mp4(PieceBytes);
        for (long at = 0; at < bytes; at += PieceBytes)
        {
            BitConverter.TryWriteBytes(piece.AsSpan(PieceBytes / 2), at);
            hash.AppendData(piece);
            await exchange.SendAsync(piece);
        }
    }
}
